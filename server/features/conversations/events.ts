import * as z from 'zod'
import { defineEvent } from '../../events/kit.ts'
import { HANDOFF_REASONS } from './domain.ts'
import { processMediaJob } from '../media/jobs.ts'
import { sendMessageJob } from './jobs.ts'

export const messageReceived = defineEvent({
  type: 'message_received',
  version: 1,
  doc: 'A customer sent a message to the shop.',
  permission: 'conversations:read',
  schema: z.object({
    messageId: z.uuid(),
    conversationId: z.uuid(),
    customerId: z.uuid(),
    kind: z.string(),
    text: z.string(),
    /** The image of the message. It is being fetched; `media_processed` follows when it is ready. */
    mediaId: z.uuid().optional(),
  }),
  reactions: ({ merchantId, data: { mediaId } }) => (mediaId ? [processMediaJob.request({ merchantId, mediaId })] : []),
})

export const messageStatusChanged = defineEvent({
  type: 'message_status_changed',
  version: 1,
  doc: 'The status of an outgoing message advanced: QUEUED, ACCEPTED, SENT, DELIVERED, READ; or FAILED; or UNKNOWN, when WhatsApp neither answered nor reported a status for minutes. A later status may follow UNKNOWN, and staff may queue the message again.',
  permission: 'conversations:read',
  schema: z.object({
    messageId: z.uuid(),
    conversationId: z.uuid(),
    status: z.enum(['QUEUED', 'UNKNOWN', 'ACCEPTED', 'SENT', 'DELIVERED', 'READ', 'FAILED']),
    error: z.object({ code: z.number().int(), message: z.string() }).nullable(),
    /** With QUEUED only: staff queued an UNKNOWN message again. */
    again: z.literal(true).optional(),
  }),
  reactions: ({ merchantId, sequence, data: { status, messageId, again } }) =>
    status === 'QUEUED'
      ? [sendMessageJob.request({ merchantId, messageId, ...(again ? { retryOf: sequence } : {}) })]
      : [],
})

export const conversationHandoff = defineEvent({
  type: 'conversation_handoff',
  version: 1,
  doc: 'A conversation was handed over from the bot to a human, or back.',
  permission: 'conversations:read',
  schema: z.object({
    conversationId: z.uuid(),
    mode: z.enum(['BOT', 'HUMAN']),
    reason: z.enum(HANDOFF_REASONS).nullable(),
  }),
})

export const conversationRead = defineEvent({
  type: 'conversation_read',
  version: 1,
  doc: 'Staff read the unread messages of a conversation.',
  permission: 'conversations:read',
  schema: z.object({ conversationId: z.uuid() }),
})

export const botConnected = defineEvent({
  type: 'bot_connected',
  version: 1,
  doc: 'A bot connected and answers the customers of this shop.',
  permission: 'conversations:read',
  schema: z.object({}),
})

export const botDisconnected = defineEvent({
  type: 'bot_disconnected',
  version: 1,
  doc: 'The last bot disconnected; messages wait until one connects.',
  permission: 'conversations:read',
  schema: z.object({}),
})
