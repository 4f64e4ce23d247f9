import { z } from 'zod'
import { defineEvent } from '../../events/kit.ts'

export const mediaProcessed = defineEvent({
  type: 'media_processed',
  version: 1,
  doc: 'A picture is ready to be shown, or could not be made so.',
  permission: 'media:read',
  schema: z.object({
    mediaId: z.uuid(),
    status: z.enum(['READY', 'FAILED']),
    origin: z.enum(['UPLOAD', 'CUSTOMER']),
    /** The message a customer sent it with. */
    messageId: z.uuid().nullable(),
    failure: z.object({ code: z.string(), message: z.string() }).nullable(),
  }),
})
