import { assertRoleIsBound } from './assert-role.ts'
import { type Connection, openConnection } from './connection.ts'
import { hasPendingMigrations } from './pending-migrations.ts'
import { assertDirectAddress, detectPoolingOf } from './pooling.ts'
import type { Pooling } from './tenant-client.ts'

/** How this process reaches its database. */
export type DatabaseAddress = {
  databaseUrl: string
  /** URL that keeps the session even if `databaseUrl` does not: for migrations, advisory locks and jobs in PostgreSQL. */
  directUrl: string
  pooling: Pooling
}

const MIGRATIONS = 'prisma/migrations'
const LIMIT = { queryTimeoutMs: 10_000 }

/**
 * Prepares a database: checks that row-level security binds the role and that the direct URL keeps sessions, and applies
 * migrations. `check` then looks at the migrated database. All share one connection, because PostgreSQL spends some 20 ms
 * of processor time on each new one.
 *
 * @throws Error that says what to do.
 */
export async function prepareDatabase(
  databaseUrl: string,
  directUrl: string | null,
  check?: (client: Connection) => Promise<void>,
): Promise<DatabaseAddress> {
  await using client = await openConnection(databaseUrl, LIMIT).catch((error: Error) => {
    throw new Error(`PostgreSQL (DATABASE_URL) cannot be used: ${error.message}`, { cause: error })
  })
  await assertRoleIsBound(client)
  const pooling = await detectPoolingOf(client, databaseUrl)
  if (directUrl || pooling === 'transaction') await assertDirectAddress(databaseUrl, directUrl)
  await using direct = directUrl ? await openConnection(directUrl, LIMIT) : null
  const address = { databaseUrl, directUrl: directUrl ?? databaseUrl, pooling }
  if (await hasPendingMigrations(direct ?? client, MIGRATIONS)) {
    const { openMigrator } = await import('./migrate.ts')
    await (await openMigrator(address.directUrl, { migrationsDir: MIGRATIONS })).deploy()
  }
  await check?.(direct ?? client)
  return address
}
