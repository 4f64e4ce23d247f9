import { createHash } from 'node:crypto'
import * as z from 'zod'
import { defineJob } from '../../jobs/kit.ts'
import type { InboundMessage, StatusUpdate } from '../../whatsapp/webhook.ts'

/** Sends one queued message. The row of the message decides whether it still has to be sent. */
export const sendMessageJob = defineJob({
  queue: 'message_sending',
  name: 'send-message',
  schema: z.object({
    merchantId: z.uuid(),
    messageId: z.uuid(),
    /** Distinguishes the job from the first one: the minute of the sweep that schedules it, or the sequence of the event that queued the message again. */
    retryOf: z.number().int().optional(),
  }),
  id: ({ messageId, retryOf }) => (retryOf ? `${messageId}.${retryOf}` : messageId),
  attempts: 8,
  backoffMs: 500,
})

/** Sends a read receipt to the customer. `at` (ms since 1970) makes each receipt a job of its own. */
export const markReadJob = defineJob({
  queue: 'message_sending',
  name: 'mark-read',
  schema: z.object({ merchantId: z.uuid(), conversationId: z.uuid(), at: z.number().int() }),
  id: ({ conversationId, at }) => `${conversationId}.${at}`,
  attempts: 3,
  backoffMs: 1_000,
})

const stored = z.looseObject({ phoneNumberId: z.string(), wamid: z.string(), occurredAt: z.coerce.date() })

/** An item of a webhook body that could not be stored with the others. */
export type RefusedItem = { merchantId: string; message?: InboundMessage; status?: StatusUpdate }

/** Stores a single item of a webhook body. After the last attempt it is a failed job of the merchant. */
export const ingestItemJob = defineJob({
  queue: 'maintenance',
  name: 'ingest-item',
  schema: z.object({
    merchantId: z.uuid(),
    message: stored.optional(),
    status: stored.optional(),
  }) as unknown as z.ZodType<RefusedItem>,
  id: ({ message, status }) =>
    createHash('sha256')
      .update(`${message?.wamid ?? ''} ${status?.wamid ?? ''} ${status?.status ?? ''}`)
      .digest('hex')
      .slice(0, 32),
  attempts: 8,
  backoffMs: 1_000,
})
