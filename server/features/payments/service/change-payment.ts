import { uuidv7 } from 'uuidv7'
import { actorLabel } from '../../../auth/actor.ts'
import type { UnitOfWork } from '../../../unit-of-work/unit-of-work.ts'
import type { OrderStatus, PaymentMethod, PaymentStatus } from '../../../generated/prisma/enums.ts'
import {
  balanceOf,
  decidePaymentTransition,
  isOpen,
  type MoneyFacts,
  type PaymentMove,
  type PaymentMover,
} from '../domain.ts'
import { paymentFailed, paymentReceived, paymentStatusChanged } from '../events.ts'
import { notifyCustomer } from './notify-customer.ts'

/** An order whose row is locked, with its ledger totals and payments. Amounts in minor units. */
export type PayableOrder = {
  id: string
  number: number
  customerId: string
  status: OrderStatus
  total: number
  currency: string
  captured: number
  refunded: number
  payments: LockedPayment[]
}

/** A payment under the lock of its order. Latest first in `PayableOrder.payments`. */
export type LockedPayment = {
  id: string
  method: PaymentMethod
  provider: string
  status: PaymentStatus
  amount: number
  providerRef: string | null
  checkoutUrl: string | null
  proofMediaId: string | null
  createdAt: number
  expiresAt: number | null
  remindedAt: number | null
  /** Captured less refunded. */
  kept: number
}

/**
 * Locks the order and reads its payments and its ledger. Every change of a payment or an order locks the order's row first,
 * so that concurrent changes see each other. Lock and read are two statements, because a single statement would read the
 * rows as they were before it waited for the lock.
 */
export async function lockPayableOrder({ tx }: UnitOfWork, orderId: string): Promise<PayableOrder | undefined> {
  const locked = await tx.$queryRaw<{ id: string }[]>`
    SELECT id FROM "order" WHERE id = ${orderId}::uuid FOR NO KEY UPDATE`
  return locked[0] ? readPayableOrder(tx, orderId) : undefined
}

/** Reads an order's payments and its ledger. The caller holds the lock of the order. */
export async function readPayableOrder(tx: UnitOfWork['tx'], orderId: string): Promise<PayableOrder | undefined> {
  const rows = await tx.$queryRaw<{ data: PayableOrder }[]>`
    SELECT json_build_object('id', o.id, 'number', o.number, 'customerId', o.customer_id, 'status', o.status, 'total', o.total,
      'currency', o.currency,
      'captured', (SELECT coalesce(sum(e.amount) FILTER (WHERE e.amount > 0), 0) FROM ledger_entry e WHERE e.order_id = o.id),
      'refunded', (SELECT coalesce(-sum(e.amount) FILTER (WHERE e.amount < 0), 0) FROM ledger_entry e WHERE e.order_id = o.id),
      'payments', coalesce((SELECT json_agg(x ORDER BY x."createdAt" DESC, x.id DESC) FROM (
        SELECT p.id, p.method, p.provider, p.status, p.amount, p.provider_ref AS "providerRef", p.checkout_url AS "checkoutUrl",
          p.proof_media_id AS "proofMediaId", floor(extract(epoch FROM p.created_at) * 1000)::float8 AS "createdAt",
          floor(extract(epoch FROM p.expires_at) * 1000)::float8 AS "expiresAt",
          floor(extract(epoch FROM p.reminded_at) * 1000)::float8 AS "remindedAt",
          (SELECT coalesce(sum(e.amount), 0) FROM ledger_entry e WHERE e.payment_id = p.id) AS kept
        FROM payment p WHERE p.order_id = o.id) x), '[]')) AS data
    FROM "order" o WHERE o.id = ${orderId}::uuid`
  return rows[0]?.data
}

/** Locks the order of a payment and returns both, or undefined when the merchant has no such payment. */
export async function lockPayment(
  unit: UnitOfWork,
  paymentId: string,
): Promise<{ order: PayableOrder; payment: LockedPayment } | undefined> {
  const rows = await unit.tx.$queryRaw<{ orderId: string }[]>`
    SELECT order_id AS "orderId" FROM payment WHERE id = ${paymentId}::uuid`
  const order = rows[0] && (await lockPayableOrder(unit, rows[0].orderId))
  const payment = order?.payments.find(({ id }) => id === paymentId)
  return order && payment && { order, payment }
}

export const moneyFactsOf = ({ status, total, captured, refunded, payments }: PayableOrder): MoneyFacts => ({
  status,
  total,
  captured,
  refunded,
  payments,
})

/** Fields that every event of a payment has. */
export const paymentPayload = (order: PayableOrder, { id, method, provider, amount }: LockedPayment) => ({
  paymentId: id,
  orderId: order.id,
  number: order.number,
  method,
  provider,
  amount: { amount, currency: order.currency },
})

/** Columns that change together with the status; columns left out keep their values. */
type Changes = { expiresAt?: Date | null; failureReason?: string | null; proofMediaId?: string | null }

/** Applies a transition of the table to a payment, with event and audit entry. @throws IllegalPaymentActionError. */
export async function applyTransition(
  unit: UnitOfWork,
  order: PayableOrder,
  payment: LockedPayment,
  { move, mover, changes = {} }: { move: PaymentMove; mover: PaymentMover; changes?: Changes },
): Promise<void> {
  const from = payment.status
  const { to } = decidePaymentTransition(payment, move, mover)
  await unit.tx.payment.update({
    where: { id: payment.id },
    data: { status: to, ...(to === 'CAPTURED' ? { capturedAt: new Date() } : {}), ...changes },
  })
  payment.status = to
  unit.emit(paymentStatusChanged.draft(order.id, { ...paymentPayload(order, payment), from, to }))
  const reason = changes.failureReason
  unit.audit({
    action: `payment.${move.toLowerCase()}`,
    subjectId: payment.id,
    detail: { orderId: order.id, from, to, ...(reason ? { reason } : {}) },
  })
}

/**
 * Captures a payment: the transition, one ledger entry, and the event. The transition table allows one capture only, so
 * repeated reports add no second entry. The order's other open payments are cancelled when nothing more is due.
 */
export async function capturePayment(
  unit: UnitOfWork,
  order: PayableOrder,
  payment: LockedPayment,
  { move, mover, reference }: { move: PaymentMove; mover: PaymentMover; reference: string },
): Promise<void> {
  await applyTransition(unit, order, payment, { move, mover, changes: { expiresAt: null, failureReason: null } })
  await addLedgerEntry(unit, order, payment, { amount: payment.amount, reference })
  order.captured += payment.amount
  payment.kept += payment.amount
  const { paid, due } = balanceOf(moneyFactsOf(order))
  const { currency } = order
  unit.emit(
    paymentReceived.draft(order.id, {
      ...paymentPayload(order, payment),
      paid: { amount: paid, currency },
      total: { amount: order.total, currency },
    }),
  )
  if (due === 0) await cancelOpenPayments(unit, order)
  if (payment.method !== 'CASH_ON_DELIVERY')
    await notifyCustomer(unit, order, { notice: 'payment_received', amount: payment.amount })
}

/** Adds a ledger entry; `amount` in minor units, negative for a refund. */
export async function addLedgerEntry(
  { tx, merchantId, actor }: UnitOfWork,
  order: PayableOrder,
  payment: LockedPayment,
  { amount, reference }: { amount: number; reference: string },
): Promise<void> {
  const kind = amount > 0 ? 'CAPTURE' : 'REFUND'
  await tx.$executeRaw`
    INSERT INTO ledger_entry (id, merchant_id, order_id, payment_id, kind, amount, currency, reference, author)
    VALUES (${uuidv7()}::uuid, ${merchantId}::uuid, ${order.id}::uuid, ${payment.id}::uuid, ${kind}::ledger_kind, ${amount}::bigint,
      ${order.currency}, ${reference}, ${actorLabel(actor)})`
}

/** Cancels the order's open payments and stops the expiry of the others. */
export async function cancelOpenPayments(unit: UnitOfWork, order: PayableOrder): Promise<void> {
  for (const payment of order.payments) {
    if (isOpen(payment.status))
      await applyTransition(unit, order, payment, { move: 'CANCEL', mover: 'SYSTEM', changes: { expiresAt: null } })
    else if (payment.expiresAt !== null) await stopExpiry(unit, payment)
  }
}

/** Clears the payment's expiry. */
export async function stopExpiry({ tx }: UnitOfWork, payment: LockedPayment): Promise<void> {
  await tx.payment.update({ where: { id: payment.id }, data: { expiresAt: null } })
  payment.expiresAt = null
}

/** Emits `payment_failed`. */
export function emitPaymentFailed(
  unit: UnitOfWork,
  order: PayableOrder,
  payment: LockedPayment,
  { reason, detail }: { reason: 'DECLINED' | 'PROOF_REFUSED' | 'EXPIRED'; detail: string | null },
): void {
  unit.emit(paymentFailed.draft(order.id, { ...paymentPayload(order, payment), reason, detail }))
}
