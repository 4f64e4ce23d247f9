import type { Sweep } from '../../../events/sweeper.ts'
import { sendMessageJob } from '../jobs.ts'
import { reconciliationOf } from './sending-policy.ts'
import { lookUpUnsentMessages } from '../lookups.ts'

const OLD_SECONDS = 20
const BATCH = 200

/** Schedules a new job for queued messages whose job may be lost, with the data of Redis or the lock of a crashed worker. */
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
