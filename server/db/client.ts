import type { PrismaClient } from '../generated/prisma/client.ts'
import type { DatabaseAddress } from './prepare.ts'
import { TenantPool } from './tenant-pool.ts'

/** The connection pool and the Prisma client that uses it. `merchant-query.ts` lists how features reach them. */
export type Database = AsyncDisposable & {
  pool: TenantPool
  /** Loads Prisma at the first call: hot paths use statements only. */
  prisma: () => Promise<PrismaClient>
  url: string
  /** URL that keeps the session even if `url` does not. */
  directUrl: string
}

/** Connections that a process in which little happens uses at the same time. */
const QUIET_CONNECTIONS = 3

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
    // Those that serve a quiet process stay open: a new one costs PostgreSQL 20 ms, and plans every statement again.
    min: Math.min(QUIET_CONNECTIONS, poolSize),
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
  let opened: Promise<PrismaClient> | undefined
  const prisma = () => (opened ??= import('./prisma.ts').then(({ openPrisma }) => openPrisma(pool)))
  return {
    pool,
    prisma,
    url,
    directUrl,
    [Symbol.asyncDispose]: async () => {
      await (await opened)?.$disconnect()
      if (!pool.ended) await pool.end()
    },
  }
}
