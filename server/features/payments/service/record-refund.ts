import * as z from 'zod'
import { uuidv7 } from 'uuidv7'
import type { Authorized } from '../../../auth/actor.ts'
import type { AppContext } from '../../../context.ts'
import { once } from '../../../unit-of-work/idempotency.ts'
import { isUuid } from '../../../db/merchant-query.ts'
import { withTenant } from '../../../unit-of-work/unit-of-work.ts'
import { AppError, parseInput, ValidationError } from '../../../errors.ts'
import { balanceOf, moverOf, PaymentNotPossibleError } from '../domain.ts'
import { paymentRefunded } from '../events.ts'
import type { PaymentRow } from '../queries.ts'
import { addLedgerEntry, paymentPayload, moneyFactsOf, lockPayment } from './change-payment.ts'
import { noPayment, requirePayment } from './require-payment.ts'

const request = z.object({
  paymentId: z.string(),
  amount: z.number().int().positive('must be more than 0').max(Number.MAX_SAFE_INTEGER),
  reason: z.string().trim().min(1, 'must not be empty').max(300, 'must be at most 300 characters'),
})
export type RecordRefund = z.input<typeof request> & { idempotencyKey?: string | null | undefined }

/**
 * Records a refund (`amount` in minor units) that the merchant made in cash, by transfer, or in the provider's dashboard.
 * Storeline moves no money itself. A payment cannot be refunded by more than its captured amount.
 *
 * @throws NotFoundError, ValidationError, PaymentNotPossibleError when there is nothing to refund.
 */
export async function recordRefund(
  app: AppContext,
  actor: Authorized<'payments:write'>,
  { idempotencyKey: key, ...input }: RecordRefund,
): Promise<PaymentRow> {
  if (moverOf(actor) === 'CUSTOMER') throw new AppError('FORBIDDEN', 'Only the shop can record refunds.')
  const { paymentId, amount, reason } = parseInput(request, input)
  if (!isUuid(paymentId)) throw noPayment()
  await withTenant(app, actor, (unit) =>
    once(unit, { key, operation: 'recordRefund', input }, async () => {
      const found = await lockPayment(unit, paymentId)
      if (!found) throw noPayment()
      const { order, payment } = found
      if (payment.kept === 0) throw new PaymentNotPossibleError('Nothing is left to refund on this payment.')
      if (amount > payment.kept)
        throw new ValidationError([
          { path: 'input.amount', message: `is more than the ${payment.kept} that can still be refunded` },
        ])
      addLedgerEntry(unit, order, payment, { amount: -amount, reference: uuidv7() })
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
