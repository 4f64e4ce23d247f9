import { openConnection } from './connection.ts'

/**
 * Refuses a database role that row-level security does not bind.
 *
 * @throws Error that says how to make a proper role.
 */
export async function assertRoleIsBound(url: string): Promise<void> {
  await using client = await openConnection(url, { queryTimeoutMs: 10_000 }).catch((error: Error) => {
    throw new Error(`PostgreSQL (DATABASE_URL) cannot be used: ${error.message}`, { cause: error })
  })
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
