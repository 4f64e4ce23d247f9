import * as z from 'zod'
import { defineJob } from '../../jobs/kit.ts'

/** Submits a waiting template to WhatsApp. The row of the template decides whether it still has to be submitted. */
export const submitTemplateJob = defineJob({
  queue: 'maintenance',
  name: 'submit-template',
  schema: z.object({
    merchantId: z.uuid(),
    templateId: z.uuid(),
    /** When the submission was requested, in ms since 1970: each is a job of its own. */
    attempt: z.number().int(),
  }),
  id: ({ templateId, attempt }) => `${templateId}.${attempt}`,
  attempts: 8,
  backoffMs: 2_000,
})

/** Synchronises a merchant's templates with WhatsApp. `at` (ms since 1970) makes each request a job of its own. */
export const syncTemplatesJob = defineJob({
  queue: 'maintenance',
  name: 'sync-templates',
  schema: z.object({ merchantId: z.uuid(), at: z.number().int() }),
  id: ({ merchantId, at }) => `${merchantId}.${at}`,
  attempts: 3,
  backoffMs: 5_000,
})

/** Requests a synchronisation for every merchant with submitted templates. Runs on a schedule. */
export const syncAllTemplatesJob = defineJob({
  queue: 'maintenance',
  name: 'sync-all-templates',
  schema: z.object({}),
  id: () => 'now',
  attempts: 3,
  backoffMs: 10_000,
})
