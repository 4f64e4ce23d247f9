import type { OpenCommitListener } from '../../events/commit.ts'
import { tryEnqueue } from '../../jobs/queues.ts'
import { dispatchWebhooksJob } from './jobs.ts'

/** Schedules the dispatch of committed events to the merchant's webhook endpoints, if it has any. */
export const scheduleDispatch: OpenCommitListener =
  (app) =>
  async ({ merchantId, events, webhookEndpointCount }) => {
    const last = events.at(-1)
    if (!last || webhookEndpointCount === 0) return
    // A queue may still have a job of an event with this sequence from before a backup was restored.
    const trigger = `e${last.sequence}${last.incarnation}`
    await tryEnqueue(app, dispatchWebhooksJob.request({ merchantId, trigger }))
  }
