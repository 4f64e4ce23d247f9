import { systemActor } from '../../../auth/actor.ts'
import type { AppContext } from '../../../context.ts'
import { HOLD_RECHECK_MS, heldByRestore } from '../../merchants/restore-hold.ts'
import { queryMerchant } from '../../../db/merchant-query.ts'
import { withTenant, type UnitOfWork } from '../../../unit-of-work/unit-of-work.ts'
import { merchantOf } from '../../merchants/service.ts'
import { balanceOf, findTransition, isOpen, remindAt } from '../domain.ts'
import { refreshFromProvider } from './refresh-from-provider.ts'
import {
  emitPaymentFailed,
  moneyFactsOf,
  stopExpiry,
  lockPayment,
  applyTransition,
  type LockedPayment,
  type PayableOrder,
} from './change-payment.ts'
import { beginCheckout } from './begin-checkout.ts'
import { notifyCustomer } from './notify-customer.ts'

/** Functions of higher features that the processing of a due payment calls. */
export type DuePaymentSteps = {
  /** Cancels an order that was not paid in time. Returns false when the shop has to decide about it. */
  closeUnpaidOrder: (unit: UnitOfWork, orderId: string) => Promise<boolean>
}

type PaymentRef = { merchantId: string; paymentId: string }

/** The step that is due, and the ms until the next one; 0 when there is none. */
type Due = { step: 'REMIND' | 'EXPIRE' | null; msLeft: number }

/**
 * Processes a due payment: opens its checkout page if that failed, reminds the customer once, expires it after its time. The
 * payment's status is read from the provider first, because a webhook may be lost, so that a paid payment is neither
 * reminded of nor expired. Idempotent. Returns the ms until the next step, or 0 when there is none.
 */
export async function processDuePayment(
  app: AppContext,
  ref: PaymentRef,
  { closeUnpaidOrder }: DuePaymentSteps,
): Promise<number> {
  const held = `SELECT 1 FROM payment p WHERE p.id = $1::uuid AND ${heldByRestore('p.created_at')}`
  if ((await queryMerchant(app, ref.merchantId, held, [ref.paymentId])).length > 0) return HOLD_RECHECK_MS
  const unstarted = await beginCheckout(app, ref).then(
    () => null,
    (error: unknown) => ({ error }),
  )
  const first = await dueNow(app, ref)
  // A payment without a checkout page cannot have been paid, so it expires although its provider does not answer.
  if (unstarted && first.step !== 'EXPIRE') throw unstarted.error
  if (first.step === null) return first.msLeft
  await refreshFromProvider(app, ref)
  await withTenant(app, systemActor(ref.merchantId), async (unit) => {
    const found = await lockPayment(unit, ref.paymentId)
    if (!found) return
    const { order, payment } = found
    const { step } = dueOf(payment, Date.now())
    if (step === 'EXPIRE') await expire(unit, found, closeUnpaidOrder)
    if (step === 'REMIND') await remind(unit, order, payment)
  })
  return (await dueNow(app, ref)).msLeft
}

async function dueNow(app: AppContext, { merchantId, paymentId }: PaymentRef): Promise<Due> {
  const text = `SELECT status, method, floor(extract(epoch FROM created_at) * 1000)::float8 AS "createdAt",
    floor(extract(epoch FROM expires_at) * 1000)::float8 AS "expiresAt", floor(extract(epoch FROM reminded_at) * 1000)::float8 AS "remindedAt"
    FROM payment WHERE id = $1::uuid`
  const [payment] = await queryMerchant<PaymentTimes>(app, merchantId, text, [paymentId])
  return payment ? dueOf(payment, Date.now()) : { step: null, msLeft: 0 }
}

type PaymentTimes = Pick<LockedPayment, 'status' | 'method' | 'createdAt' | 'expiresAt' | 'remindedAt'>

/** The step that is due at `now` (ms since the epoch), or the time until the next step. */
export function dueOf({ status, method, createdAt, expiresAt, remindedAt }: PaymentTimes, now: number): Due {
  if (expiresAt === null || !findTransition({ status, method }, 'EXPIRE', 'SYSTEM')) return { step: null, msLeft: 0 }
  if (now >= expiresAt) return { step: 'EXPIRE', msLeft: 0 }
  const reminder = status === 'PENDING' && remindedAt === null ? remindAt({ createdAt, expiresAt }) : expiresAt
  if (now >= reminder) return { step: 'REMIND', msLeft: 0 }
  return { step: null, msLeft: Math.max(1, reminder - now) }
}

async function remind(unit: UnitOfWork, order: PayableOrder, payment: LockedPayment): Promise<void> {
  await unit.tx.payment.update({ where: { id: payment.id }, data: { remindedAt: new Date() } })
  if (balanceOf(moneyFactsOf(order)).due === 0) return
  const { bankDetails } = await merchantOf(unit)
  await notifyCustomer(unit, order, {
    notice: 'payment_due',
    amount: payment.amount,
    dueAt: payment.expiresAt,
    link: payment.checkoutUrl,
    bankDetails: payment.method === 'BANK_TRANSFER' ? bankDetails : null,
  })
}

async function expire(
  unit: UnitOfWork,
  { order, payment }: { order: PayableOrder; payment: LockedPayment },
  closeUnpaidOrder: DuePaymentSteps['closeUnpaidOrder'],
): Promise<void> {
  const otherwise = order.payments.some(({ id, status }) => id !== payment.id && isOpen(status))
  if (otherwise || balanceOf(moneyFactsOf(order)).due === 0) return stopExpiry(unit, payment)
  applyTransition(unit, order, payment, { move: 'EXPIRE', mover: 'SYSTEM', changes: { expiresAt: null } })
  emitPaymentFailed(unit, order, payment, { reason: 'EXPIRED', detail: null })
  // The shop decides about an order that it has begun to prepare.
  if (await closeUnpaidOrder(unit, order.id))
    await notifyCustomer(unit, order, { notice: 'payment_expired', amount: payment.amount })
}
