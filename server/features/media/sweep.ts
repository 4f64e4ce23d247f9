import type { Sweep } from '../../events/sweeper.ts'
import { processMediaJob } from './jobs.ts'
import { lookUpUnfinishedMedia } from './lookups.ts'

const MIN_AGE_SECONDS = 20
const BATCH = 100

/** Enqueues unfinished images again, whose job may be lost with a queue or a worker. */
export const sweepMedia: Sweep = {
  name: 'unfinished-media',
  everyMs: 10_000,
  run: async (app) => {
    const minute = Math.floor(Date.now() / 60_000)
    const unfinished = await lookUpUnfinishedMedia(app, MIN_AGE_SECONDS, BATCH)
    await app.queues.enqueue(
      ...unfinished.map(({ merchantId, assetId }) =>
        processMediaJob.request({ merchantId, mediaId: assetId, retryOf: minute }),
      ),
    )
  },
}
