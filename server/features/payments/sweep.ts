import type { Sweep } from '../../events/sweeper.ts'
import { REMIND_AHEAD_SECONDS } from './domain.ts'
import { processDuePayment, type DuePaymentSteps } from './service/process-due-payment.ts'
import { lookUpDuePayments } from './lookups.ts'

const BATCH = 100

/** Processes due payments whose delayed job was lost. */
export const sweepPayments = (steps: DuePaymentSteps): Sweep => ({
  name: 'payments',
  everyMs: 10_000,
  run: async (app) => {
    const failures: unknown[] = []
    for (const payment of await lookUpDuePayments(app, REMIND_AHEAD_SECONDS, BATCH)) {
      // A provider that does not answer must not delay the other payments.
      await processDuePayment(app, payment, steps).catch((error: unknown) => failures.push(error))
    }
    if (failures.length > 0) throw failures[0]
  },
})
