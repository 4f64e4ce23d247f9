import { PrismaPg } from '@prisma/adapter-pg'
import type pg from 'pg'
import { PrismaClient } from '../generated/prisma/client.ts'
import { statementName } from './statement-name.ts'
import type { TenantPool } from './tenant-pool.ts'

/** A Prisma client on a pool, which stays open when the client disconnects. */
export const openPrisma = (pool: TenantPool): PrismaClient =>
  new PrismaClient({
    adapter: new PrismaPg(pool as unknown as pg.Pool, { statementNameGenerator: ({ sql }) => statementName(sql) }),
    // Longer formats quote the arguments of the call, which would be logged.
    errorFormat: 'minimal',
    transactionOptions: { maxWait: 5_000, timeout: 15_000 },
  })
