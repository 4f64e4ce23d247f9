import { z } from 'zod'
import { defineEvent } from '../../events/kit.ts'
import { HANDOFF_REASONS } from './domain.ts'
import { processMediaJob } from '../media/jobs.ts'
import { sendMessageJob } from './jobs.ts'

export const messageReceived = defineEvent({
  type: 'message_received',
  version: 1,
  doc: 'A customer wrote to the shop.',
  permission: 'conversations:read',
  schema: z.object({
    messageId: z.uuid(),
    conversationId: z.uuid(),
    customerId: z.uuid(),
    kind: z.string(),
    text: z.string(),
    /** The picture it brought, which is fetched and processed now; `media_processed` tells when it can be shown. */
    mediaId: z.uuid().optional(),
  }),
  reactions: ({ merchantId, data: { mediaId } }) => (mediaId ? [processMediaJob.request({ merchantId, mediaId })] : []),
})

export const messageStatusChanged = defineEvent({
  type: 'message_status_changed',
  version: 1,
  doc: 'An outgoing message was queued, or moved up its ladder: QUEUED, ACCEPTED, SENT, DELIVERED, READ; or FAILED; or UNKNOWN, when WhatsApp answered nothing and told no status for minutes: a later status may still follow, and staff may queue it once more.',
  permission: 'conversations:read',
  schema: z.object({
    messageId: z.uuid(),
    conversationId: z.uuid(),
    status: z.enum(['QUEUED', 'UNKNOWN', 'ACCEPTED', 'SENT', 'DELIVERED', 'READ', 'FAILED']),
    error: z.object({ code: z.number().int(), message: z.string() }).nullable(),
    /** Staff have an UNKNOWN message sent again; with QUEUED only. */
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
  doc: 'A conversation moved from the bot to a human, or back.',
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
  doc: 'Staff read what was unread in a conversation.',
  permission: 'conversations:read',
  schema: z.object({ conversationId: z.uuid() }),
})

export const botConnected = defineEvent({
  type: 'bot_connected',
  version: 1,
  doc: 'A bot is connected and answers this shop.',
  permission: 'conversations:read',
  schema: z.object({}),
})

export const botDisconnected = defineEvent({
  type: 'bot_disconnected',
  version: 1,
  doc: 'No bot is connected any more; messages wait.',
  permission: 'conversations:read',
  schema: z.object({}),
})
