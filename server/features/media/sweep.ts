import type { Sweep } from '../../events/sweeper.ts'
import { processMediaJob } from './jobs.ts'
import { lookUpUnfinishedMedia } from './lookups.ts'

const OLD_SECONDS = 20
const BATCH = 100

/** Schedules unfinished images again whose job was lost with a queue or a worker. */
export const sweepMedia: Sweep = {
  name: 'unfinished-media',
  everyMs: 10_000,
  run: async (app) => {
    const minute = Math.floor(Date.now() / 60_000)
    const waiting = await lookUpUnfinishedMedia(app, OLD_SECONDS, BATCH)
    await app.queues.enqueue(
      ...waiting.map(({ merchantId, assetId }) =>
        processMediaJob.request({ merchantId, mediaId: assetId, retryOf: minute }),
      ),
    )
  },
}
