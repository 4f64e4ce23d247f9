import type pg from 'pg'

/**
 * Refuses a database role that row-level security does not bind.
 *
 * @throws Error that says how to make a proper role.
 */
export async function assertRoleIsBound(client: Pick<pg.ClientBase, 'query'>): Promise<void> {
  const { rows } = await client.query<{ role: string; free: boolean }>(
    'SELECT rolname AS role, rolsuper OR rolbypassrls AS free FROM pg_roles WHERE rolname = current_user',
  )
  if (rows[0]?.free) {
    throw new Error(
      `The database role "${rows[0].role}" is a superuser or has BYPASSRLS, so shops would not be kept apart. ` +
        "Create another and put it into DATABASE_URL: CREATE ROLE storeline LOGIN NOSUPERUSER NOBYPASSRLS PASSWORD '…'; CREATE DATABASE storeline OWNER storeline;",
    )
  }
}
