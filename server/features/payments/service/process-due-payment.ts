import { systemActor } from '../../../auth/actor.ts'
import type { AppContext } from '../../../context.ts'
import { HELD_MS, heldSince } from '../../../db/held.ts'
import { queryShop } from '../../../db/shop-query.ts'
import { withTenant, type UnitOfWork } from '../../../unit-of-work/unit-of-work.ts'
import { shopOf } from '../../merchants/service.ts'
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

/** Steps of the features above that a due payment takes. */
export type DuePaymentSteps = {
  /** Cancels an order that was not paid in time. Returns false when it must be left to the shop. */
  closeUnpaidOrder: (unit: UnitOfWork, orderId: string) => Promise<boolean>
}

type PaymentRef = { merchantId: string; paymentId: string }

/** What the clock asks of a payment at `now`: both in ms since the epoch. */
type Due = { step: 'REMIND' | 'EXPIRE' | null; msLeft: number }

/**
 * Does what is due of a payment: opens its page if that failed, reminds the customer once, closes it when its time is over.
 * Its provider is asked first, because its message may have been lost; nobody who has paid is reminded or closed. Does
 * nothing when nothing is due, so it may run any number of times. Returns the ms until there is more to do, or 0 for never.
 */
export async function processDuePayment(
  app: AppContext,
  ref: PaymentRef,
  { closeUnpaidOrder }: DuePaymentSteps,
): Promise<number> {
  const held = `SELECT 1 FROM payment p WHERE p.id = $1::uuid AND ${heldSince('p.created_at')}`
  if ((await queryShop(app, ref.merchantId, held, [ref.paymentId])).length > 0) return HELD_MS
  const unstarted = await beginCheckout(app, ref).then(
    () => null,
    (error: unknown) => ({ error }),
  )
  const first = await dueNow(app, ref)
  // What never got a page to pay on ends in its time all the same; nobody can have paid it.
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
  const [payment] = await queryShop<Clocked>(app, merchantId, text, [paymentId])
  return payment ? dueOf(payment, Date.now()) : { step: null, msLeft: 0 }
}

type Clocked = Pick<LockedPayment, 'status' | 'method' | 'createdAt' | 'expiresAt' | 'remindedAt'>

/** What is due of a payment at `now`, and else how long until something is. */
export function dueOf({ status, method, createdAt, expiresAt, remindedAt }: Clocked, now: number): Due {
  if (expiresAt === null || !findTransition({ status, method }, 'EXPIRE', 'SYSTEM')) return { step: null, msLeft: 0 }
  if (now >= expiresAt) return { step: 'EXPIRE', msLeft: 0 }
  const reminder = status === 'PENDING' && remindedAt === null ? remindAt({ createdAt, expiresAt }) : expiresAt
  if (now >= reminder) return { step: 'REMIND', msLeft: 0 }
  return { step: null, msLeft: Math.max(1, reminder - now) }
}

async function remind(unit: UnitOfWork, order: PayableOrder, payment: LockedPayment): Promise<void> {
  await unit.tx.payment.update({ where: { id: payment.id }, data: { remindedAt: new Date() } })
  if (balanceOf(moneyFactsOf(order)).due === 0) return
  const { bankDetails } = await shopOf(unit)
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
  await applyTransition(unit, order, payment, { move: 'EXPIRE', mover: 'SYSTEM', changes: { expiresAt: null } })
  emitPaymentFailed(unit, order, payment, { reason: 'EXPIRED', detail: null })
  // An order already being made is the shop's to decide about.
  if (await closeUnpaidOrder(unit, order.id))
    await notifyCustomer(unit, order, { notice: 'payment_expired', amount: payment.amount })
}
