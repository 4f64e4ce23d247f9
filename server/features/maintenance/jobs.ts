import { z } from 'zod'
import { defineJob } from '../../jobs/kit.ts'

/** Removes what is kept for a time only. Runs by schedule; running it twice removes nothing more. */
export const cleanUpJob = defineJob({
  queue: 'maintenance',
  name: 'clean-up',
  schema: z.object({}),
  id: () => 'now',
  attempts: 3,
  backoffMs: 10_000,
})
