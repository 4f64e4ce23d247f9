import { AsyncLocalStorage } from 'node:async_hooks'
import { TenantClient } from '../../server/db/tenant-client.ts'

export type Trips = { roundTrips: number; statements: number }

/**
 * Counts the writes in which `work` sends statements over the pool: statements of one tick share a write. Statements of others,
 * such as sweeps, are not counted.
 */
export async function countRoundTrips(work: () => Promise<unknown>): Promise<Trips> {
  const counted = new AsyncLocalStorage<Trips>()
  const writing = new Set<TenantClient>()
  const { run } = TenantClient.prototype
  TenantClient.prototype.run = function count(...args) {
    const trips = counted.getStore()
    if (trips) {
      trips.statements++
      if (!writing.has(this)) {
        trips.roundTrips++
        writing.add(this)
        process.nextTick(() => writing.delete(this))
      }
    }
    return run.apply(this, args)
  }
  try {
    const trips = { roundTrips: 0, statements: 0 }
    await counted.run(trips, work)
    return trips
  } finally {
    TenantClient.prototype.run = run
  }
}
