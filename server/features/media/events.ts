import * as z from 'zod'
import { defineEvent } from '../../events/kit.ts'

export const mediaProcessed = defineEvent({
  type: 'media_processed',
  version: 1,
  doc: 'An image was processed: it is READY, or it FAILED.',
  permission: 'media:read',
  schema: z.object({
    mediaId: z.uuid(),
    status: z.enum(['READY', 'FAILED']),
    origin: z.enum(['UPLOAD', 'CUSTOMER']),
    /** The customer's message that carried the image; null for an upload. */
    messageId: z.uuid().nullable(),
    failure: z.object({ code: z.string(), message: z.string() }).nullable(),
  }),
})
