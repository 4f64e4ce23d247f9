import { assertRoleIsBound } from './assert-role.ts'
import { openMigrator } from './migrate.ts'
import { assertDirectAddress, detectPooling } from './pooling.ts'
import type { Pooling } from './tenant-client.ts'

/** How this process reaches its database. */
export type DatabaseAddress = {
  databaseUrl: string
  /** URL that keeps the session even if `databaseUrl` does not: for migrations, advisory locks and jobs in PostgreSQL. */
  directUrl: string
  pooling: Pooling
}

/**
 * Prepares a database: checks that row-level security binds the role and that the direct URL keeps sessions, and applies
 * migrations.
 *
 * @throws Error that says what to do.
 */
export async function prepareDatabase(databaseUrl: string, directUrl: string | null): Promise<DatabaseAddress> {
  await assertRoleIsBound(databaseUrl)
  const pooling = await detectPooling(databaseUrl)
  if (directUrl || pooling === 'transaction') await assertDirectAddress(databaseUrl, directUrl)
  const address = { databaseUrl, directUrl: directUrl ?? databaseUrl, pooling }
  await (await openMigrator(address.directUrl)).deploy()
  return address
}
