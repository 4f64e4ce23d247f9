import * as z from 'zod'
import { defineJob } from '../../jobs/kit.ts'

/** Processes one image: fetches it if necessary and renders its files. Its row decides which steps are left. */
export const processMediaJob = defineJob({
  queue: 'media_processing',
  name: 'process-media',
  schema: z.object({
    merchantId: z.uuid(),
    mediaId: z.uuid(),
    /** Set for a retry, which needs another job id in case the first job is finished or lost. */
    retryOf: z.number().int().optional(),
  }),
  id: ({ mediaId, retryOf }) => (retryOf ? `${mediaId}.${retryOf}` : mediaId),
  attempts: 5,
  backoffMs: 2_000,
  // A worker processes one or two at a time; a merchant that uploads its whole catalogue must not block the others.
  fair: true,
})

/** Deletes files and rows of media that are no longer needed. Scheduled; idempotent. */
export const cleanUpMediaJob = defineJob({
  queue: 'maintenance',
  name: 'clean-up-media',
  schema: z.object({}),
  id: () => 'now',
  attempts: 3,
  backoffMs: 10_000,
})
