import type { UnitOfWork } from '../../../unit-of-work/unit-of-work.ts'
import { findTransition, type PaymentMove } from '../domain.ts'
import { paymentStatusChanged } from '../events.ts'
import type { ProviderStatus } from '../providers/provider.ts'
import {
  capturePayment,
  emitPaymentFailed,
  paymentPayload,
  stopExpiry,
  lockPayment,
  applyTransition,
  type LockedPayment,
  type PayableOrder,
} from './change-payment.ts'

const MOVES: Record<ProviderStatus['status'], PaymentMove | null> = {
  PENDING: null,
  AUTHORIZED: 'AUTHORIZE',
  CAPTURED: 'CAPTURE',
  FAILED: 'FAIL',
}

/**
 * Applies a status that a provider reports. A status that the transition table does not allow now (a repeated or late report)
 * changes nothing. A report with another amount or currency credits nothing: the mismatch is stored as the payment's
 * `failureReason`, and the payment stops expiring until the shop has resolved it.
 */
export async function applyProviderStatus(
  unit: UnitOfWork,
  paymentId: string,
  reported: ProviderStatus,
): Promise<void> {
  const found = await lockPayment(unit, paymentId)
  const move = MOVES[reported.status]
  if (!found || !move) return
  const { order, payment } = found
  if (!findTransition(payment, move, 'PROVIDER')) return
  if (move !== 'FAIL' && (reported.amount !== payment.amount || reported.currency !== order.currency))
    return refuseMismatch(unit, order, payment, reported)
  if (move === 'CAPTURE') {
    const reference = payment.providerRef ?? paymentId
    return capturePayment(unit, order, payment, { move, mover: 'PROVIDER', reference })
  }
  if (move === 'AUTHORIZE')
    return applyTransition(unit, order, payment, { move, mover: 'PROVIDER', changes: { expiresAt: null } })
  applyTransition(unit, order, payment, { move, mover: 'PROVIDER', changes: { failureReason: reported.detail } })
  emitPaymentFailed(unit, order, payment, { reason: 'DECLINED', detail: reported.detail })
}

async function refuseMismatch(
  unit: UnitOfWork,
  order: PayableOrder,
  payment: LockedPayment,
  { amount, currency }: ProviderStatus,
): Promise<void> {
  const failureReason = `${payment.provider} reports ${amount} ${currency} (minor units), but the payment is ${payment.amount} ${order.currency}. Nothing was credited; check the payment with the provider.`
  unit.app.logger.warn(
    { paymentId: payment.id, amount, currency },
    'a provider reports another amount than the payment has',
  )
  // A repeated report changes nothing.
  const updated = await unit.tx.payment.updateMany({
    where: { id: payment.id, OR: [{ failureReason: null }, { failureReason: { not: failureReason } }] },
    data: { failureReason },
  })
  if (updated.count === 0) return
  stopExpiry(unit, payment)
  const at = payment.status
  unit.emit(paymentStatusChanged.draft(order.id, { ...paymentPayload(order, payment), from: at, to: at }))
  unit.audit({
    action: 'payment.mismatch',
    subjectId: payment.id,
    detail: {
      orderId: order.id,
      reported: { amount, currency },
      expected: { amount: payment.amount, currency: order.currency },
    },
  })
}
