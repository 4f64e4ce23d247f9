import * as z from 'zod'
import { mayActFor, type Authorized } from '../../../auth/actor.ts'
import type { AppContext } from '../../../context.ts'
import { once } from '../../../unit-of-work/idempotency.ts'
import { isUuid } from '../../../db/merchant-query.ts'
import { withTenant, type UnitOfWork } from '../../../unit-of-work/unit-of-work.ts'
import { NotFoundError, parseInput, ValidationError } from '../../../errors.ts'
import { isOpen, METHOD_LABELS, moverOf, PaymentNotPossibleError } from '../domain.ts'
import type { PaymentRow } from '../queries.ts'
import { lockPayableOrder, applyTransition } from './change-payment.ts'
import { noOrder, requirePayment } from './require-payment.ts'

const request = z.object({ orderId: z.string(), messageId: z.string() })
export type SubmitProof = z.input<typeof request> & { idempotencyKey?: string | null | undefined }

/**
 * Submits the image of a customer's message as the proof of their bank transfer. A later proof replaces it until the shop has
 * checked it. The image may still be downloading from WhatsApp.
 *
 * @throws NotFoundError, ValidationError when the message has no image, PaymentNotPossibleError when the open payment is no
 * bank transfer.
 */
export async function submitPaymentProof(
  app: AppContext,
  actor: Authorized<'payments:write'>,
  { idempotencyKey: key, ...input }: SubmitProof,
): Promise<PaymentRow> {
  const { orderId, messageId } = parseInput(request, input)
  if (!isUuid(orderId)) throw noOrder()
  const paymentId = await withTenant(app, actor, (unit) =>
    once(unit, { key, operation: 'submitPaymentProof', input }, async () => {
      const order = await lockPayableOrder(unit, orderId)
      if (!order || !mayActFor(actor, order.customerId)) throw noOrder()
      const proofMediaId = await imageOf(unit, messageId, order.customerId)
      const payment = order.payments.find(({ status }) => isOpen(status))
      if (payment?.method !== 'BANK_TRANSFER')
        throw new PaymentNotPossibleError(
          `Order #${order.number} is not waiting for a bank transfer${payment ? `, but for ${METHOD_LABELS[payment.method]}` : ''}.`,
        )
      applyTransition(unit, order, payment, {
        move: 'SUBMIT_PROOF',
        mover: moverOf(actor),
        // The customer has done their part, so the payment does not expire while the shop checks the proof.
        changes: { proofMediaId, expiresAt: null, failureReason: null },
      })
      return payment.id
    }),
  )
  return requirePayment(app, actor.merchantId, paymentId)
}

/** The id of the image in a message of this customer. @throws NotFoundError, or ValidationError when it has none. */
async function imageOf({ tx }: UnitOfWork, messageId: string, customerId: string): Promise<string> {
  const rows = isUuid(messageId)
    ? await tx.$queryRaw<{ mediaId: string | null }[]>`
        SELECT a.id AS "mediaId" FROM message m JOIN conversation c ON c.id = m.conversation_id LEFT JOIN media_asset a ON a.message_id = m.id
        WHERE m.id = ${messageId}::uuid AND c.customer_id = ${customerId}::uuid AND m.direction = 'INBOUND'`
    : []
  if (!rows[0]) throw new NotFoundError('No message with this id was sent by this customer.')
  if (!rows[0].mediaId)
    throw new ValidationError([
      { path: 'input.messageId', message: 'is a message without an image; send a photo or screenshot' },
    ])
  return rows[0].mediaId
}
