import type { Database } from '../../server/db/client.ts'
import { openPrisma } from '../../server/db/prisma.ts'
import { tenantStore } from '../../server/db/tenant-pool.ts'

const clients = new WeakMap<Database, ReturnType<typeof openPrisma>>()

/** Prisma on the pool of a database, opened once: each client adds a listener to the pool. */
function prismaOf(database: Database): ReturnType<typeof openPrisma> {
  const prisma = clients.get(database) ?? openPrisma(database.pool)
  clients.set(database, prisma)
  return prisma
}

/** A Prisma client that sees the rows of one merchant only, with which tests arrange and inspect them. */
export function tenantDb(database: Database, merchantId: string) {
  const tenant = { merchantId }
  return prismaOf(database).$extends({
    name: 'tenant',
    query: {
      // Prisma promises are lazy: the await must happen inside the tenant's scope.
      $allOperations: ({ args, query }) => tenantStore.run(tenant, async () => await query(args)),
    },
  })
}
export type TenantDb = ReturnType<typeof tenantDb>
