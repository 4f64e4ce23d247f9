import { createHash } from 'node:crypto'
import { z } from 'zod'
import { defineJob } from '../../jobs/kit.ts'
import type { InboundMessage, StatusUpdate } from '../../whatsapp/webhook.ts'

/** Sends one queued message. The message's row decides whether there is still anything to do. */
export const sendMessageJob = defineJob({
  queue: 'message_sending',
  name: 'send-message',
  schema: z.object({
    merchantId: z.uuid(),
    messageId: z.uuid(),
    /** Makes it a job of another id: the minute of the sweeper, when the first may be lost; the event that asks again. */
    retryOf: z.number().int().optional(),
  }),
  id: ({ messageId, retryOf }) => (retryOf ? `${messageId}.${retryOf}` : messageId),
  attempts: 8,
  backoffMs: 500,
})

/** Shows the customer that what they wrote was read. `at` (ms) lets a later reading be a job of its own. */
export const markReadJob = defineJob({
  queue: 'message_sending',
  name: 'mark-read',
  schema: z.object({ merchantId: z.uuid(), conversationId: z.uuid(), at: z.number().int() }),
  id: ({ conversationId, at }) => `${conversationId}.${at}`,
  attempts: 3,
  backoffMs: 1_000,
})

const stored = z.looseObject({ phoneNumberId: z.string(), wamid: z.string(), occurredAt: z.coerce.date() })

/** An item of a webhook that could not be taken in with the others. */
export type RefusedItem = { merchantId: string; message?: InboundMessage; status?: StatusUpdate }

/** Takes in a single item of a webhook. One that can never be taken in ends among the shop's dead jobs. */
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
