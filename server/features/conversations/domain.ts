import type { MessageStatus } from '../../generated/prisma/enums.ts'
import type { InboundContent } from '../../whatsapp/content.ts'

/** Why a conversation is with a human. */
export const HANDOFF_REASONS = [
  'CUSTOMER_ASKED',
  'BOT_FAILED',
  'BOT_LOST',
  'STAFF_TOOK_OVER',
  'PROBLEM_REPORTED',
] as const
export type HandoffReason = (typeof HANDOFF_REASONS)[number]

/** The rungs of an outgoing message, lowest first. UNKNOWN is one: whatever WhatsApp tells later is above it. */
const STATUS_ORDER = [
  'QUEUED',
  'UNKNOWN',
  'ACCEPTED',
  'SENT',
  'DELIVERED',
  'READ',
] as const satisfies readonly MessageStatus[]

/** States from which a message may move to `status`: a status only rises, and failure ends it unless it was delivered. */
export function lowerStatuses(status: Exclude<MessageStatus, 'RECEIVED'>): MessageStatus[] {
  if (status === 'FAILED') return ['QUEUED', 'UNKNOWN', 'ACCEPTED', 'SENT']
  return STATUS_ORDER.slice(0, STATUS_ORDER.indexOf(status))
}

/** What staff may do about a message: only about one of which nobody knows whether it arrived. */
export const MESSAGE_ACTIONS = ['SEND_AGAIN', 'MARK_DELIVERED', 'MARK_FAILED'] as const
export type MessageAction = (typeof MESSAGE_ACTIONS)[number]

/** Whether WhatsApp tells something about the customer, who has not written anything. */
export const isNotice = ({ kind }: InboundContent): boolean => kind === 'system'

/** Whether a message of this kind is something the bot should answer. Reactions and notices are not. */
export const wantsAnswer = ({ kind }: InboundContent): boolean => kind !== 'reaction' && kind !== 'system'

/** A turn that bots have said this often they cannot answer goes to a human. Leases that ran out are no failures. */
export const MAX_TURN_FAILURES = 3
