import { implementJob, TryLaterError } from '../../jobs/kit.ts'
import { expireOrderJob } from './jobs.ts'
import { expireOrder } from './service/transition-order.ts'

export const expireOrderProcessor = implementJob(expireOrderJob, async (order, { app }) => {
  const msLeft = await expireOrder(app, order)
  if (msLeft > 0) throw new TryLaterError(msLeft, 'the order may still be accepted')
})
