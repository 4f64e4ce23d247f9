import * as z from 'zod'
import type { Authorized } from '../../auth/actor.ts'
import type { AppContext } from '../../context.ts'
import { once } from '../../unit-of-work/idempotency.ts'
import { withTenant, type UnitOfWork } from '../../unit-of-work/unit-of-work.ts'
import { NotFoundError, parseInput, ValidationError } from '../../errors.ts'
import { outboundContentSchema } from '../../whatsapp/content.ts'
import { isWindowOpen } from '../../whatsapp/service-window.ts'
import type { HandoffReason } from './domain.ts'
import { conversationHandoff, conversationRead } from './events.ts'
import { markReadJob } from './jobs.ts'
import { queueMessage } from './messages/outgoing.ts'

type Locked = { id: string; customerId: string; mode: 'BOT' | 'HUMAN'; windowExpiresAt: Date | null }

export type ConversationAction = { conversationId: string; idempotencyKey?: string | null | undefined }

/** Assigns the conversation to a member of staff; the bot is silent until `resumeBot`. */
export async function takeOverConversation(
  app: AppContext,
  actor: Authorized<'conversations:write'>,
  { conversationId, idempotencyKey }: ConversationAction,
): Promise<string> {
  return withTenant(app, actor, async (unit) => {
    const conversation = await lockConversation(unit, conversationId)
    return once(
      unit,
      { key: idempotencyKey, operation: 'takeOverConversation', input: { conversationId } },
      async () => {
        handOverToHuman(unit, conversation, 'STAFF_TOOK_OVER')
        return conversation.id
      },
    )
  })
}

/** Hands the conversation back to the bot. The bot does not answer messages received in mode HUMAN. */
export async function resumeBot(
  app: AppContext,
  actor: Authorized<'conversations:write'>,
  { conversationId, idempotencyKey }: ConversationAction,
): Promise<string> {
  return withTenant(app, actor, async (unit) => {
    const conversation = await lockConversation(unit, conversationId)
    return once(unit, { key: idempotencyKey, operation: 'resumeBot', input: { conversationId } }, async () => {
      if (conversation.mode === 'BOT') return conversation.id
      await unit.tx.conversation.update({
        where: { id: conversation.id },
        data: { mode: 'BOT', handoffReason: null, assigneeId: null },
      })
      // A bot that disconnected after a handoff left its turn open: staff answer that message, too.
      await unit.tx.botTurn.updateMany({
        where: { conversationId: conversation.id, status: 'PENDING' },
        data: { status: 'HANDED_OVER', finishedAt: new Date() },
      })
      unit.emit(
        conversationHandoff.draft(conversation.id, { conversationId: conversation.id, mode: 'BOT', reason: null }),
      )
      unit.audit({ action: 'conversation.resume_bot', subjectId: conversation.id })
      return conversation.id
    })
  })
}

/** Resets the unread counter and sends the customer a read receipt. */
export async function markConversationRead(
  app: AppContext,
  actor: Authorized<'conversations:write'>,
  { conversationId }: ConversationAction,
): Promise<string> {
  return withTenant(app, actor, async (unit) => {
    const conversation = await lockConversation(unit, conversationId)
    const { count } = await unit.tx.conversation.updateMany({
      where: { id: conversation.id, unreadCount: { gt: 0 } },
      data: { unreadCount: 0 },
    })
    if (count > 0) unit.emit(conversationRead.draft(conversation.id, { conversationId: conversation.id }))
    sendReadReceipt(unit, conversation.id)
    return conversation.id
  })
}

/** Sends WhatsApp a read receipt (blue ticks) after the commit. A lost receipt is not sent again. */
export function sendReadReceipt({ merchantId, enqueue }: UnitOfWork, conversationId: string): void {
  enqueue(markReadJob.request({ merchantId, conversationId, at: Date.now() }))
}

const replySchema = z.object({
  text: z.string().trim().min(1, 'must not be empty').max(4096, 'must be at most 4096 characters'),
})

export type StaffReply = { conversationId: string; text: string; idempotencyKey?: string | null | undefined }

/**
 * Sends a reply of staff; the conversation moves to mode HUMAN.
 *
 * @throws ValidationError for an empty or long text, or when the 24-hour window has closed.
 */
export async function sendReply(
  app: AppContext,
  actor: Authorized<'conversations:write'>,
  input: StaffReply,
): Promise<string> {
  const { text } = parseInput(replySchema, input)
  const { conversationId, idempotencyKey } = input
  return withTenant(app, actor, async (unit) => {
    const conversation = await lockConversation(unit, conversationId)
    return once(unit, { key: idempotencyKey, operation: 'sendMessage', input: { conversationId, text } }, async () => {
      if (!isWindowOpen(conversation.windowExpiresAt, Date.now())) {
        throw new ValidationError([
          {
            path: 'input.conversationId',
            message:
              'More than 24 hours have passed since the customer’s last message. WhatsApp now delivers only approved templates.',
          },
        ])
      }
      if (conversation.mode === 'BOT') handOverToHuman(unit, conversation, 'STAFF_TOOK_OVER')
      const content = outboundContentSchema.parse({ kind: 'text', body: text })
      const staffId = actor.kind === 'STAFF' ? { staffId: actor.staffId } : {}
      return queueMessage(unit, {
        conversationId: conversation.id,
        author: 'STAFF',
        purpose: 'REPLY',
        content,
        ...staffId,
      })
    })
  })
}

/**
 * Hands a locked conversation over to a human and ends its pending turns, except the turn of the calling bot, which that
 * bot still completes.
 */
export function handOverToHuman(
  unit: UnitOfWork,
  conversation: Pick<Locked, 'id' | 'mode'>,
  reason: HandoffReason,
): void {
  const { write, actor } = unit
  const assigneeId = actor.kind === 'STAFF' ? actor.staffId : null
  const keptTurn = actor.kind === 'BOT' ? actor.turnId : null
  write`
    UPDATE conversation SET mode = 'HUMAN', handoff_reason = ${reason}, assignee_id = coalesce(${assigneeId}::uuid, assignee_id)
    WHERE id = ${conversation.id}::uuid`
  write`
    UPDATE bot_turn SET status = ${reason === 'STAFF_TOOK_OVER' ? 'SKIPPED' : 'HANDED_OVER'}::bot_turn_status, finished_at = now()
    WHERE conversation_id = ${conversation.id}::uuid AND status = 'PENDING' AND id IS DISTINCT FROM ${keptTurn}::uuid`
  if (conversation.mode === 'HUMAN' && reason !== 'STAFF_TOOK_OVER') return
  unit.emit(conversationHandoff.draft(conversation.id, { conversationId: conversation.id, mode: 'HUMAN', reason }))
  unit.audit({ action: 'conversation.hand_over', subjectId: conversation.id, detail: { reason } })
}

/** The conversation, locked until the transaction ends. @throws NotFoundError for an id the shop does not have. */
export async function lockConversation({ tx }: UnitOfWork, id: string): Promise<Locked> {
  const known = z.uuid().safeParse(id)
  const rows = known.success
    ? await tx.$queryRaw<Locked[]>`
        SELECT id, customer_id AS "customerId", mode, window_expires_at AS "windowExpiresAt" FROM conversation WHERE id = ${id}::uuid FOR UPDATE`
    : []
  if (!rows[0]) throw new NotFoundError('No conversation with this id exists in your shop.')
  return rows[0]
}
