import type { AppContext } from '../../../context.ts'
import type { Sweep } from '../../../events/sweeper.ts'
import { resolveDeadJobs } from '../../../jobs/dead-jobs.ts'
import { dispatchWebhooks } from './dispatch.ts'
import { deliverWebhookJob, dispatchWebhooksJob } from '../jobs.ts'
import { lookUpDueDeliveries, lookUpUndispatched } from '../lookups.ts'

/** A delivery's own job had this long to begin. */
const OVERDUE_SECONDS = 2
/** Of one endpoint at a time; whoever has a place for one of them goes on with the next ones by itself. */
const OF_EACH = 4

/** Dispatches shops whose signal was lost: Redis was down, or a process died between commit and enqueue. */
export const sweepUndispatched: Sweep = {
  name: 'undispatched-webhooks',
  everyMs: 500,
  run: async (app) => {
    const failures: unknown[] = []
    // One shop's trouble must not keep the others waiting.
    for (const merchantId of await lookUpUndispatched(app))
      await dispatchLost(app, merchantId).catch((error: unknown) => failures.push(error))
    if (failures.length > 0) throw failures[0]
  },
}

/** Should the job that was to do it be dead, it has been done now. */
async function dispatchLost(app: AppContext, merchantId: string): Promise<void> {
  await dispatchWebhooks(app, merchantId)
  await resolveDeadJobs(app, merchantId, { name: dispatchWebhooksJob.name, about: {} })
}

/** Schedules attempts anew whose job was lost, was turned away for want of a place, or whose worker died at it. */
export const sweepOverdue: Sweep = {
  name: 'overdue-webhooks',
  everyMs: 1_000,
  run: async (app) => {
    const overdue = await lookUpDueDeliveries(app, OVERDUE_SECONDS, OF_EACH)
    const again = Math.floor(Date.now() / (OVERDUE_SECONDS * 1000))
    await app.queues.enqueue(...overdue.map((ref) => deliverWebhookJob.request({ ...ref, made: 0, again })))
  },
}
