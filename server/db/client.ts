import { PrismaPg } from '@prisma/adapter-pg'
import type pg from 'pg'
import { PrismaClient } from '../generated/prisma/client.ts'
import type { DatabaseAddress } from './prepare.ts'
import { statementName } from './statement-name.ts'
import { TenantPool } from './tenant-pool.ts'

/** The connection pool and the Prisma client that uses it. `merchant-query.ts` lists how features reach them. */
export type Database = AsyncDisposable & {
  pool: TenantPool
  prisma: PrismaClient
  url: string
  /** URL that keeps the session even if `url` does not. */
  directUrl: string
}

/** `strict`: a transaction that requests a second connection throws, as in tests, instead of waiting for one. */
export function openDatabase(
  url: string,
  {
    poolSize,
    strict = false,
    directUrl = url,
    pooling = 'session',
  }: { poolSize: number; strict?: boolean } & Partial<DatabaseAddress>,
): Database {
  const pool = new TenantPool({
    connectionString: url,
    max: poolSize,
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
    application_name: 'storeline',
    strict,
    pooling,
  })
  // An idle connection that drops (database restart) must not end the process; the next query reconnects.
  pool.on('error', () => {})
  // The same holds for a checked-out connection that drops between two statements; its next statement fails.
  pool.on('connect', (client) => void client.on('error', () => {}))
  const prisma = new PrismaClient({
    adapter: new PrismaPg(pool as unknown as pg.Pool, { statementNameGenerator: ({ sql }) => statementName(sql) }),
    // Longer formats quote the arguments of the call, which would be logged.
    errorFormat: 'minimal',
    transactionOptions: { maxWait: 5_000, timeout: 15_000 },
  })
  return {
    pool,
    prisma,
    url,
    directUrl,
    [Symbol.asyncDispose]: async () => {
      await prisma.$disconnect()
      if (!pool.ended) await pool.end()
    },
  }
}
