import { z } from 'zod'
import { defineJob } from '../../jobs/kit.ts'

/** Brings one picture as far as it goes: fetches it if need be and makes its files. Its row decides what is left to do. */
export const processMediaJob = defineJob({
  queue: 'media_processing',
  name: 'process-media',
  schema: z.object({
    merchantId: z.uuid(),
    mediaId: z.uuid(),
    /** Set by whoever asks again: a job of another id, should the first be over or lost. */
    retryOf: z.number().int().optional(),
  }),
  id: ({ mediaId, retryOf }) => (retryOf ? `${mediaId}.${retryOf}` : mediaId),
  attempts: 5,
  backoffMs: 2_000,
  // A worker processes one or two at a time; a shop that uploads its whole catalogue must not hold up everybody else.
  fair: true,
})

/** Removes files and rows of pictures that are no longer wanted. Runs by schedule; running it twice removes nothing more. */
export const cleanUpMediaJob = defineJob({
  queue: 'maintenance',
  name: 'clean-up-media',
  schema: z.object({}),
  id: () => 'now',
  attempts: 3,
  backoffMs: 10_000,
})
