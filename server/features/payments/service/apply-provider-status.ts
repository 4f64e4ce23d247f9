import { mayActFor, systemActor, type Authorized } from '../../../auth/actor.ts'
import type { AppContext } from '../../../context.ts'
import { withTenant, type UnitOfWork } from '../../../unit-of-work/unit-of-work.ts'
import { uuidv7 } from 'uuidv7'
import { findTransition, type PaymentMove } from '../domain.ts'
import { paymentStatusChanged } from '../events.ts'
import type { ProviderEvent, ProviderTruth } from '../providers/provider.ts'
import { hostedProvider } from '../providers/registry.ts'
import { findPayment, type PaymentRow } from '../queries.ts'
import {
  capturePayment,
  emitFailure,
  eventPayload,
  keepFromExpiring,
  lockPayment,
  movePayment,
  type LockedPayment,
  type PayableOrder,
} from './change-payment.ts'
import { noPayment, requirePayment } from './require-payment.ts'
import { lookUpPayment } from '../lookups.ts'

const MOVES: Record<ProviderTruth['status'], PaymentMove | null> = {
  PENDING: null,
  AUTHORIZED: 'AUTHORIZE',
  CAPTURED: 'CAPTURE',
  FAILED: 'FAIL',
}

/**
 * Takes in what a provider says of a payment. What the table does not allow from where the payment is (the same told twice,
 * or an old message that comes late) changes nothing. Another amount or currency than was asked for is refused: it is kept
 * with the payment for the shop to see, and the payment waits for them.
 */
export async function applyTruth(unit: UnitOfWork, paymentId: string, truth: ProviderTruth): Promise<void> {
  const found = await lockPayment(unit, paymentId)
  const move = MOVES[truth.status]
  if (!found || !move) return
  const { order, payment } = found
  if (!findTransition(payment, move, 'PROVIDER')) return
  if (move !== 'FAIL' && (truth.amount !== payment.amount || truth.currency !== order.currency))
    return refuseMismatch(unit, order, payment, truth)
  if (move === 'CAPTURE') {
    const reference = payment.providerRef ?? paymentId
    return capturePayment(unit, order, payment, { move, mover: 'PROVIDER', reference })
  }
  if (move === 'AUTHORIZE')
    return movePayment(unit, order, payment, { move, mover: 'PROVIDER', changes: { expiresAt: null } })
  await movePayment(unit, order, payment, { move, mover: 'PROVIDER', changes: { failureReason: truth.detail } })
  emitFailure(unit, order, payment, { reason: 'DECLINED', detail: truth.detail })
}

async function refuseMismatch(
  unit: UnitOfWork,
  order: PayableOrder,
  payment: LockedPayment,
  { amount, currency }: ProviderTruth,
): Promise<void> {
  const failureReason = `${payment.provider} reports ${amount} ${currency} (minor units), but ${payment.amount} ${order.currency} were asked for. Nothing was credited; look into it with the provider.`
  unit.app.logger.warn(
    { paymentId: payment.id, amount, currency },
    'a provider reports another amount than was asked for',
  )
  // Told again, it is nothing new.
  const told = await unit.tx.payment.updateMany({
    where: { id: payment.id, OR: [{ failureReason: null }, { failureReason: { not: failureReason } }] },
    data: { failureReason },
  })
  if (told.count === 0) return
  await keepFromExpiring(unit, payment)
  const at = payment.status
  unit.emit(paymentStatusChanged.draft(order.id, { ...eventPayload(order, payment), from: at, to: at }))
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

type PaymentRef = { merchantId: string; paymentId: string }

/** Asks the provider where the payment stands and takes it in. Does nothing for payments nobody can be asked about. */
export async function askProvider(app: AppContext, { merchantId, paymentId }: PaymentRef): Promise<void> {
  const row = await findPayment(app, merchantId, paymentId)
  const provider = row && hostedProvider(app.config, row.provider)
  if (!provider || !row.providerRef || row.status === 'CAPTURED') return
  const truth = await provider.read(app, { merchantId, providerRef: row.providerRef })
  await withTenant(app, systemActor(merchantId), (unit) => applyTruth(unit, paymentId, truth))
}

/** Closes the page of a payment that nobody waits for any more. Money that came first is taken in. */
export async function closeCheckout(app: AppContext, { merchantId, paymentId }: PaymentRef): Promise<void> {
  const row = await findPayment(app, merchantId, paymentId)
  const provider = row && hostedProvider(app.config, row.provider)
  if (!provider || !row.providerRef || (row.status !== 'CANCELLED' && row.status !== 'EXPIRED')) return
  await provider.close(app, { merchantId, providerRef: row.providerRef })
  await askProvider(app, { merchantId, paymentId })
}

/**
 * Makes sure of a payment without waiting for its provider's message: asks the provider, and takes in what it says.
 *
 * @throws NotFoundError.
 */
export async function confirmPayment(
  app: AppContext,
  actor: Authorized<'payments:write'>,
  { paymentId }: { paymentId: string },
): Promise<PaymentRow> {
  const { merchantId } = actor
  const payment = await findPayment(app, merchantId, paymentId)
  if (!payment || !mayActFor(actor, payment.customerId)) throw noPayment()
  await askProvider(app, { merchantId, paymentId })
  return requirePayment(app, merchantId, paymentId)
}

/**
 * Takes in a verified message of a provider, once: the message and what follows from it commit together. Answers false when
 * it is about no payment of ours.
 */
export async function takeInProviderEvent(app: AppContext, provider: string, event: ProviderEvent): Promise<boolean> {
  const known = await lookUpPayment(app, provider, event.providerRef)
  if (!known) return false
  const { merchantId, paymentId } = known
  await withTenant(app, systemActor(merchantId), async (unit) => {
    const isNew = await unit.tx.$executeRaw`
      INSERT INTO payment_event (id, merchant_id, payment_id, provider_event_id, type, payload)
      VALUES (${uuidv7()}::uuid, ${merchantId}::uuid, ${paymentId}::uuid, ${event.id}, ${event.type}, ${JSON.stringify(event.payload)}::jsonb)
      ON CONFLICT DO NOTHING`
    if (isNew === 1) await applyTruth(unit, paymentId, event.truth)
  })
  return true
}
