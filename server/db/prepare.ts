import { assertRoleIsBound } from './assert-role.ts'
import { openMigrator } from './migrate.ts'
import { assertDirectAddress, detectPooling } from './pooling.ts'
import type { Pooling } from './tenant-client.ts'

/** How this process reaches its database. */
export type DatabaseAddress = {
  databaseUrl: string
  /** Keeps the session whatever `databaseUrl` does: for migrations, advisory locks and jobs in PostgreSQL. */
  directUrl: string
  pooling: Pooling
}

/**
 * Makes a database ready to be used: the role is one that row-level security binds, sessions are kept where they must
 * be, and migrations are applied.
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
