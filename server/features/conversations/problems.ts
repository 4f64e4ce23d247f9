import { mayActFor, type Authorized } from '../../auth/actor.ts'
import type { AppContext } from '../../context.ts'
import { once } from '../../unit-of-work/idempotency.ts'
import { isUuid } from '../../db/merchant-query.ts'
import { withTenant, type UnitOfWork } from '../../unit-of-work/unit-of-work.ts'
import { NotFoundError } from '../../errors.ts'
import { handOverToHuman, lockConversation } from './service.ts'

export type ProblemReport = { orderId: string; messageId: string; idempotencyKey?: string | null | undefined }

/**
 * Records that a customer's message reports a problem with one of their orders: the message appears with the order, and the
 * conversation is handed over to a human. A bot that reports on its turn still completes the turn, to answer the customer.
 *
 * @returns the conversation's id
 * @throws NotFoundError unless order and message are of one customer of the shop, and the message was written by them.
 */
export async function reportProblem(
  app: AppContext,
  actor: Authorized<'orders:write'>,
  { orderId, messageId, idempotencyKey }: ProblemReport,
): Promise<string> {
  return withTenant(app, actor, async (unit) => {
    const conversationId = await findReported(unit, { orderId, messageId })
    const conversation = await lockConversation(unit, conversationId)
    const input = { orderId, messageId }
    return once(unit, { key: idempotencyKey, operation: 'reportProblem', input }, async () => {
      await unit.tx.message.update({ where: { id: messageId }, data: { orderId } })
      unit.audit({ action: 'order.report_problem', subjectId: orderId, detail: { messageId } })
      handOverToHuman(unit, conversation, 'PROBLEM_REPORTED')
      return conversation.id
    })
  })
}

async function findReported({ tx, actor }: UnitOfWork, { orderId, messageId }: ProblemReport): Promise<string> {
  const order = isUuid(orderId) ? await tx.order.findUnique({ where: { id: orderId } }) : null
  if (!order || !mayActFor(actor, order.customerId))
    throw new NotFoundError('No order with this id exists in your shop.')
  const message = isUuid(messageId)
    ? await tx.message.findFirst({
        where: { id: messageId, direction: 'INBOUND', conversation: { customerId: order.customerId } },
        select: { conversationId: true },
      })
    : null
  if (!message) throw new NotFoundError('No message with this id was sent by the customer of this order.')
  return message.conversationId
}
