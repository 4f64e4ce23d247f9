import type { AppContext } from '../../../context.ts'
import type { Sweep } from '../../../events/sweeper.ts'
import { resolveDeadJobs } from '../../../jobs/dead-jobs.ts'
import { dispatchWebhooks } from './dispatch.ts'
import { deliverWebhookJob, dispatchWebhooksJob } from '../jobs.ts'
import { lookUpDueDeliveries, lookUpUndispatched } from '../lookups.ts'

/** A delivery's own job has this long to start. */
const OVERDUE_SECONDS = 2
/** Jobs scheduled for one endpoint at a time: a job with a slot continues with the other overdue deliveries. */
const JOBS_PER_ENDPOINT = 4

/** A dispatch has this long to be done by its own job, in ms. */
const DISPATCH_MS = 1_000

/** Dispatches the events of shops whose job was lost: Redis was down, or a process died between commit and enqueue. */
export const sweepUndispatched: Sweep = {
  name: 'undispatched-webhooks',
  everyMs: 2_000,
  run: (app) => dispatchLost(app, DISPATCH_MS),
}

/** Dispatches the events of shops whose log has been unsettled for `olderThanMs`. */
export async function dispatchLost(app: AppContext, olderThanMs: number): Promise<void> {
  const failures: unknown[] = []
  // The failure of one shop must not delay the others.
  for (const merchantId of await lookUpUndispatched(app, olderThanMs))
    await dispatchAgain(app, merchantId).catch((error: unknown) => failures.push(error))
  if (failures.length > 0) throw failures[0]
}

/** A failed job with the same purpose counts as done afterwards. */
async function dispatchAgain(app: AppContext, merchantId: string): Promise<void> {
  await dispatchWebhooks(app, merchantId)
  await resolveDeadJobs(app, merchantId, { name: dispatchWebhooksJob.name, about: {} })
}

/** Schedules overdue attempts again: their job was lost, found no slot, or its worker died. */
export const sweepOverdue: Sweep = {
  name: 'overdue-webhooks',
  everyMs: 2_000,
  run: async (app) => {
    const overdue = await lookUpDueDeliveries(app, OVERDUE_SECONDS, JOBS_PER_ENDPOINT)
    const again = Math.floor(Date.now() / (OVERDUE_SECONDS * 1000))
    await app.queues.enqueue(...overdue.map((ref) => deliverWebhookJob.request({ ...ref, made: 0, again })))
  },
}
