import type { Sweep } from '../../../events/sweeper.ts'
import { sendMessageJob } from '../jobs.ts'
import { reconciliationOf } from './sending-policy.ts'
import { lookUpUnsentMessages } from '../lookups.ts'

const OLD_SECONDS = 20
const BATCH = 200

/** Schedules queued messages anew whose job may have been lost, with Redis' data or a dead worker's lock. */
export const sweepUnsent: Sweep = {
  name: 'unsent-messages',
  everyMs: 10_000,
  run: async (app) => {
    const minute = Math.floor(Date.now() / 60_000)
    const { totalMs } = reconciliationOf(app.config.messageReconcileSeconds)
    const lost = await lookUpUnsentMessages(app, {
      olderThanSeconds: OLD_SECONDS,
      reconciledAfterSeconds: totalMs / 1000 + OLD_SECONDS,
      atMost: BATCH,
    })
    await app.queues.enqueue(
      ...lost.map(({ merchantId, messageId }) => sendMessageJob.request({ merchantId, messageId, retryOf: minute })),
    )
  },
}
