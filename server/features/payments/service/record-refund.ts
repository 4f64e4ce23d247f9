import { z } from 'zod'
import { uuidv7 } from 'uuidv7'
import type { Authorized } from '../../../auth/actor.ts'
import type { AppContext } from '../../../context.ts'
import { once } from '../../../unit-of-work/idempotency.ts'
import { isUuid } from '../../../db/shop-query.ts'
import { withTenant } from '../../../unit-of-work/unit-of-work.ts'
import { AppError, parseInput, ValidationError } from '../../../errors.ts'
import { balanceOf, moverOf, PaymentNotPossibleError } from '../domain.ts'
import { paymentRefunded } from '../events.ts'
import type { PaymentRow } from '../queries.ts'
import { addLedgerEntry, paymentPayload, moneyFactsOf, lockPayment } from './change-payment.ts'
import { noPayment, requirePayment } from './require-payment.ts'

const request = z.object({
  paymentId: z.string(),
  amount: z.number().int().positive('must be more than nothing').max(Number.MAX_SAFE_INTEGER),
  reason: z.string().trim().min(1, 'says why, for the books').max(300, 'must be at most 300 characters'),
})
export type RecordRefund = z.input<typeof request> & { idempotencyKey?: string | null | undefined }

/**
 * Records that the shop gave money back (`amount` in minor units): by hand, by transfer, or in the provider's own dashboard.
 * It moves no money itself. Never more than the payment still holds.
 *
 * @throws NotFoundError, ValidationError, PaymentNotPossibleError when there is nothing to give back.
 */
export async function recordRefund(
  app: AppContext,
  actor: Authorized<'payments:write'>,
  { idempotencyKey: key, ...input }: RecordRefund,
): Promise<PaymentRow> {
  if (moverOf(actor) === 'CUSTOMER') throw new AppError('FORBIDDEN', 'Only the shop records what it gave back.')
  const { paymentId, amount, reason } = parseInput(request, input)
  if (!isUuid(paymentId)) throw noPayment()
  await withTenant(app, actor, (unit) =>
    once(unit, { key, operation: 'recordRefund', input }, async () => {
      const found = await lockPayment(unit, paymentId)
      if (!found) throw noPayment()
      const { order, payment } = found
      if (payment.kept === 0) throw new PaymentNotPossibleError('This payment holds no money that could be given back.')
      if (amount > payment.kept)
        throw new ValidationError([
          { path: 'input.amount', message: `is more than the ${payment.kept} that this payment still holds` },
        ])
      await addLedgerEntry(unit, order, payment, { amount: -amount, reference: uuidv7() })
      order.refunded += amount
      const { currency } = order
      unit.emit(
        paymentRefunded.draft(order.id, {
          ...paymentPayload(order, payment),
          amount: { amount, currency },
          paid: { amount: balanceOf(moneyFactsOf(order)).paid, currency },
          reason,
        }),
      )
      unit.audit({
        action: 'payment.refund',
        subjectId: paymentId,
        detail: { orderId: order.id, amount, currency, reason },
      })
    }),
  )
  return requirePayment(app, actor.merchantId, paymentId)
}
