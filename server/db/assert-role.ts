import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { isUnreachable } from './errors.ts'

/** A database that starts together with this process is given this long. */
const WAIT_MS = 30_000

/**
 * Refuses a database role that row-level security does not bind.
 *
 * @throws Error that says how to make a proper role.
 */
export async function assertRoleIsBound(url: string): Promise<void> {
  const client = await connectPatiently(url)
  try {
    const { rows } = await client.query<{ role: string; free: boolean }>(
      'SELECT rolname AS role, rolsuper OR rolbypassrls AS free FROM pg_roles WHERE rolname = current_user',
    )
    if (rows[0]?.free) {
      throw new Error(
        `The database role "${rows[0].role}" is a superuser or has BYPASSRLS, so shops would not be kept apart. ` +
          "Create another and put it into DATABASE_URL: CREATE ROLE storeline LOGIN NOSUPERUSER NOBYPASSRLS PASSWORD '…'; CREATE DATABASE storeline OWNER storeline;",
      )
    }
  } finally {
    await client.end()
  }
}

async function connectPatiently(url: string): Promise<pg.Client> {
  for (const deadline = Date.now() + WAIT_MS; ; await delay(500)) {
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 })
    try {
      await client.connect()
      return client
    } catch (error) {
      await client.end().catch(() => {})
      // A wrong password stays wrong; only absence may pass.
      if (Date.now() > deadline || !isUnreachable(error)) {
        throw new Error(`PostgreSQL (DATABASE_URL) cannot be used: ${(error as Error).message}`, { cause: error })
      }
    }
  }
}
