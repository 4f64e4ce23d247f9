import { uuidv7 } from 'uuidv7'
import { actorLabel } from '../../../auth/actor.ts'
import type { Tx } from '../../../db/tx.ts'
import type { UnitOfWork } from '../../../unit-of-work/unit-of-work.ts'
import { sql, type Sql } from '../../../db/sql.ts'
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
export function lockPayableOrder(unit: UnitOfWork, orderId: string): Promise<PayableOrder | undefined> {
  unit.write`SELECT id FROM "order" WHERE id = ${orderId}::uuid FOR NO KEY UPDATE`
  return readPayableOrder(unit.tx, orderId)
}

/** Reads an order's payments and its ledger. The caller holds the lock of the order. */
export const readPayableOrder = (tx: Tx, orderId: string): Promise<PayableOrder | undefined> =>
  readPayable(tx, sql`${orderId}::uuid`)

/** Locks the order of a payment and returns both, or undefined when the merchant has no such payment. */
export async function lockPayment(
  unit: UnitOfWork,
  paymentId: string,
): Promise<{ order: PayableOrder; payment: LockedPayment } | undefined> {
  const orderId = sql`(SELECT order_id FROM payment WHERE id = ${paymentId}::uuid)`
  unit.write`SELECT id FROM "order" WHERE id = ${orderId} FOR NO KEY UPDATE`
  const order = await readPayable(unit.tx, orderId)
  const payment = order?.payments.find(({ id }) => id === paymentId)
  return order && payment && { order, payment }
}

async function readPayable(tx: Tx, orderId: Sql): Promise<PayableOrder | undefined> {
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
    FROM "order" o WHERE o.id = ${orderId}`
  return rows[0]?.data
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
export function applyTransition(
  unit: UnitOfWork,
  order: PayableOrder,
  payment: LockedPayment,
  { move, mover, changes = {} }: { move: PaymentMove; mover: PaymentMover; changes?: Changes },
): void {
  const from = payment.status
  const { to } = decidePaymentTransition(payment, move, mover)
  const { expiresAt, failureReason, proofMediaId } = changes
  unit.write`
    UPDATE payment SET status = ${to}::payment_status, updated_at = now(),
      captured_at = CASE WHEN ${to === 'CAPTURED'} THEN now() ELSE captured_at END,
      expires_at = CASE WHEN ${expiresAt !== undefined} THEN ${expiresAt ?? null}::timestamptz ELSE expires_at END,
      failure_reason = CASE WHEN ${failureReason !== undefined} THEN ${failureReason ?? null} ELSE failure_reason END,
      proof_media_id = CASE WHEN ${proofMediaId !== undefined} THEN ${proofMediaId ?? null}::uuid ELSE proof_media_id END
    WHERE id = ${payment.id}::uuid`
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
  applyTransition(unit, order, payment, { move, mover, changes: { expiresAt: null, failureReason: null } })
  addLedgerEntry(unit, order, payment, { amount: payment.amount, reference })
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
  if (due === 0) cancelOpenPayments(unit, order)
  if (payment.method !== 'CASH_ON_DELIVERY')
    await notifyCustomer(unit, order, { notice: 'payment_received', amount: payment.amount })
}

/** Adds a ledger entry; `amount` in minor units, negative for a refund. */
export function addLedgerEntry(
  { write, merchantId, actor }: UnitOfWork,
  order: PayableOrder,
  payment: LockedPayment,
  { amount, reference }: { amount: number; reference: string },
): void {
  const kind = amount > 0 ? 'CAPTURE' : 'REFUND'
  write`
    INSERT INTO ledger_entry (id, merchant_id, order_id, payment_id, kind, amount, currency, reference, author)
    VALUES (${uuidv7()}::uuid, ${merchantId}::uuid, ${order.id}::uuid, ${payment.id}::uuid, ${kind}::ledger_kind, ${amount}::bigint,
      ${order.currency}, ${reference}, ${actorLabel(actor)})`
}

/** Cancels the order's open payments and stops the expiry of the others. */
export function cancelOpenPayments(unit: UnitOfWork, order: PayableOrder): void {
  for (const payment of order.payments) {
    if (isOpen(payment.status))
      applyTransition(unit, order, payment, { move: 'CANCEL', mover: 'SYSTEM', changes: { expiresAt: null } })
    else if (payment.expiresAt !== null) stopExpiry(unit, payment)
  }
}

/** Clears the payment's expiry. */
export function stopExpiry({ write }: UnitOfWork, payment: LockedPayment): void {
  write`UPDATE payment SET expires_at = NULL, updated_at = now() WHERE id = ${payment.id}::uuid`
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
