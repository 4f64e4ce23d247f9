import { can, type Actor, type Authorized } from '../../../auth/actor.ts'
import type { AppContext } from '../../../context.ts'
import { once } from '../../../unit-of-work/idempotency.ts'
import { isUuid } from '../../../db/merchant-query.ts'
import { withTenant, type UnitOfWork } from '../../../unit-of-work/unit-of-work.ts'
import { DomainError, NotFoundError } from '../../../errors.ts'
import type { MessageStatus } from '../../../generated/prisma/enums.ts'
import { MESSAGE_ACTIONS, type MessageAction } from '../domain.ts'
import { messageStatusChanged } from '../events.ts'

/** The message is not UNKNOWN, or no longer: WhatsApp reported its status, or another member of staff decided. */
export class MessageNotUnknownError extends DomainError {
  readonly status: MessageStatus
  constructor(status: MessageStatus) {
    super(
      `The message is ${status}, so there is nothing to decide: WhatsApp reported its status, or a colleague decided.`,
    )
    this.status = status
  }
}

/** The actions on a message that the actor may take now. */
export const allowedMessageActions = (status: MessageStatus, actor: Actor | null): readonly MessageAction[] =>
  status === 'UNKNOWN' && actor && can(actor, 'conversations:write') && actor.kind !== 'BOT' ? MESSAGE_ACTIONS : []

const OUTCOMES = { SEND_AGAIN: 'QUEUED', MARK_DELIVERED: 'DELIVERED', MARK_FAILED: 'FAILED' } as const

export type MessageDecision = {
  messageId: string
  action: MessageAction
  idempotencyKey?: string | null | undefined
}

/**
 * Decides about an UNKNOWN message: sends it again, or records it as delivered or failed until WhatsApp reports a status.
 * Returns the id of the message.
 *
 * @throws NotFoundError, MessageNotUnknownError.
 */
export async function settleMessage(
  app: AppContext,
  actor: Authorized<'conversations:write'>,
  { messageId, action, idempotencyKey: key }: MessageDecision,
): Promise<string> {
  return withTenant(app, actor, async (unit) => {
    const message = await lockMessage(unit, messageId)
    return once(unit, { key, operation: 'settleMessage', input: { messageId, action } }, async () => {
      if (message.status !== 'UNKNOWN') throw new MessageNotUnknownError(message.status)
      const { conversationId } = message
      const status = OUTCOMES[action]
      // Only a failure keeps the error that WhatsApp gave for an earlier attempt.
      await unit.tx.$executeRaw`
        UPDATE message SET status = ${status}::message_status, presumed = ${status !== 'QUEUED'}, attempts = 0, attempted_at = NULL,
          error_code = CASE WHEN ${status} = 'FAILED' THEN error_code END, error_message = CASE WHEN ${status} = 'FAILED' THEN error_message END
        WHERE id = ${messageId}::uuid`
      const again = status === 'QUEUED' ? ({ again: true } as const) : {}
      unit.emit(messageStatusChanged.draft(messageId, { messageId, conversationId, status, error: null, ...again }))
      unit.audit({ action: `message.${action.toLowerCase()}`, subjectId: messageId, detail: { conversationId } })
      return messageId
    })
  })
}

type Locked = { conversationId: string; status: MessageStatus }

async function lockMessage({ tx }: UnitOfWork, id: string): Promise<Locked> {
  const [message] = isUuid(id)
    ? await tx.$queryRaw<Locked[]>`
        SELECT conversation_id AS "conversationId", status FROM message WHERE id = ${id}::uuid FOR UPDATE`
    : []
  if (!message) throw new NotFoundError('There is no message with this id.')
  return message
}
