import { z } from 'zod'
import { defineJob } from '../../jobs/kit.ts'

/** Hands a template that waits for it to WhatsApp. The template's row decides whether there is still anything to do. */
export const submitTemplateJob = defineJob({
  queue: 'maintenance',
  name: 'submit-template',
  schema: z.object({
    merchantId: z.uuid(),
    templateId: z.uuid(),
    /** When it was asked for, in ms since 1970: each submission is a job of its own. */
    attempt: z.number().int(),
  }),
  id: ({ templateId, attempt }) => `${templateId}.${attempt}`,
  attempts: 8,
  backoffMs: 2_000,
})

/** Brings a shop's templates to what WhatsApp says of them. `at` (ms) tells one asking from the next. */
export const syncTemplatesJob = defineJob({
  queue: 'maintenance',
  name: 'sync-templates',
  schema: z.object({ merchantId: z.uuid(), at: z.number().int() }),
  id: ({ merchantId, at }) => `${merchantId}.${at}`,
  attempts: 3,
  backoffMs: 5_000,
})

/** Asks for the templates of every shop that has submitted any. Runs by schedule. */
export const syncAllTemplatesJob = defineJob({
  queue: 'maintenance',
  name: 'sync-all-templates',
  schema: z.object({}),
  id: () => 'now',
  attempts: 3,
  backoffMs: 10_000,
})
