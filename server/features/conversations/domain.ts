import type { MessageStatus } from '../../generated/prisma/enums.ts'
import type { InboundContent } from '../../whatsapp/content.ts'

/** Reasons for the handoff of a conversation to a human. */
export const HANDOFF_REASONS = [
  'CUSTOMER_ASKED',
  'BOT_FAILED',
  'BOT_LOST',
  'STAFF_TOOK_OVER',
  'PROBLEM_REPORTED',
] as const
export type HandoffReason = (typeof HANDOFF_REASONS)[number]

/** The statuses of an outgoing message in ascending order. Any status that WhatsApp reports is above UNKNOWN. */
const STATUS_ORDER = [
  'QUEUED',
  'UNKNOWN',
  'ACCEPTED',
  'SENT',
  'DELIVERED',
  'READ',
] as const satisfies readonly MessageStatus[]

/** The statuses from which a message may advance to `status`. A delivered message can no longer fail. */
export function lowerStatuses(status: Exclude<MessageStatus, 'RECEIVED'>): MessageStatus[] {
  if (status === 'FAILED') return ['QUEUED', 'UNKNOWN', 'ACCEPTED', 'SENT']
  return STATUS_ORDER.slice(0, STATUS_ORDER.indexOf(status))
}

/** The actions of staff on an UNKNOWN message. */
export const MESSAGE_ACTIONS = ['SEND_AGAIN', 'MARK_DELIVERED', 'MARK_FAILED'] as const
export type MessageAction = (typeof MESSAGE_ACTIONS)[number]

/** Whether the content is a system notification of WhatsApp, such as a changed number, and not written by the customer. */
export const isSystemNotification = ({ kind }: InboundContent): boolean => kind === 'system'

/** Whether the bot should answer a message of this kind. Reactions and system notifications need no answer. */
export const needsAnswer = ({ kind }: InboundContent): boolean => kind !== 'reaction' && kind !== 'system'

/** After this many `failTurn` calls a turn is handed over to a human. Expired leases do not count. */
export const MAX_TURN_FAILURES = 3
