import type { Sweep } from '../../events/sweeper.ts'
import { expireOrder } from './service/transition-order.ts'
import { lookUpExpiredReservations } from './lookups.ts'

const BATCH = 100

/** Expires orders whose delayed job was lost. */
export const sweepReservations: Sweep = {
  name: 'reservations',
  everyMs: 5_000,
  run: async (app) => {
    const failures: unknown[] = []
    for (const order of await lookUpExpiredReservations(app, BATCH)) {
      // An order that cannot be expired must not block the others.
      await expireOrder(app, order).catch((error: unknown) => failures.push(error))
    }
    if (failures.length > 0) throw failures[0]
  },
}
