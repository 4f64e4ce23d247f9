import * as z from 'zod'
import { defineJob } from '../../jobs/kit.ts'

/** Deletes data past its retention. Scheduled; running it twice deletes nothing more. */
export const cleanUpJob = defineJob({
  queue: 'maintenance',
  name: 'clean-up',
  schema: z.object({}),
  id: () => 'now',
  attempts: 3,
  backoffMs: 10_000,
})
