import { z } from 'zod'
import { authorize, mayActFor, systemActor, type TenantActor } from '../../../auth/actor.ts'
import type { AppContext } from '../../../context.ts'
import { once } from '../../../unit-of-work/idempotency.ts'
import { isUuid, queryShop } from '../../../db/shop-query.ts'
import { withTenant, type UnitOfWork } from '../../../unit-of-work/unit-of-work.ts'
import { NotFoundError, parseInput, ValidationError } from '../../../errors.ts'
import { PaymentMethod } from '../../../generated/prisma/enums.ts'
import { loadShop, type Shop } from '../../merchants/service.ts'
import { balanceOf, findTransition, isOpen, moverOf, PaymentNotPossibleError } from '../domain.ts'
import { tendPaymentJob } from '../jobs.ts'
import { hostedProvider, offeredMethods } from '../providers/registry.ts'
import { findPayment, type PaymentRow } from '../queries.ts'
import { closePayments, factsOf, lockOrderMoney, lockPayment, movePayment, type PayableOrder } from './change-payment.ts'
import { addPayment } from './close-or-collect.ts'

const request = z.object({ orderId: z.string(), method: z.enum(PaymentMethod) })
export type StartPayment = z.input<typeof request> & { idempotencyKey?: string | null | undefined }

/**
 * Lets an order be paid this way from now on. What it was to be paid by until now is called off; when that was the same way,
 * and it can still be paid, it stays as it is and is answered again, so that nobody holds two links.
 *
 * @throws NotFoundError, ValidationError for a way the shop does not offer, PaymentNotPossibleError.
 */
export async function startPayment(
  app: AppContext,
  actor: TenantActor,
  { idempotencyKey: key, ...input }: StartPayment,
): Promise<PaymentRow> {
  authorize(actor, 'payments:write')
  const { orderId, method } = parseInput(request, input)
  const shop = await loadShop(app, actor.merchantId)
  assertOffered(app, shop, method)
  if (!isUuid(orderId)) throw noOrder()
  const paymentId = await withTenant(app, actor, (unit) =>
    once(unit, { key, operation: 'startPayment', input }, async () => {
      const order = await lockOrderMoney(unit, orderId)
      if (!order || !mayActFor(actor, order.customerId)) throw noOrder()
      return payBy(unit, order, { method, dueMinutes: shop.paymentDueMinutes })
    }),
  )
  await followUp(app, { merchantId: actor.merchantId, paymentId })
  return shown(app, actor.merchantId, paymentId)
}

/** The payment as the API shows it, once it is known to exist. */
export async function shown(app: AppContext, merchantId: string, paymentId: string): Promise<PaymentRow> {
  const payment = await findPayment(app, merchantId, paymentId)
  if (!payment) throw noPayment()
  return payment
}

export const noPayment = () => new NotFoundError('No payment with this id exists in your shop.')
export const noOrder = () => new NotFoundError('No order with this id exists in your shop.')

function assertOffered(app: AppContext, shop: Shop, method: PaymentMethod): void {
  const offered = offeredMethods(app.config, shop)
  if (offered.includes(method)) return
  throw new ValidationError([{ path: 'input.method', message: `this shop is paid by ${offered.join(' or ')}` }])
}

async function payBy(
  unit: UnitOfWork,
  order: PayableOrder,
  { method, dueMinutes }: { method: PaymentMethod; dueMinutes: number },
): Promise<string> {
  if (balanceOf(factsOf(order)).due === 0)
    throw new PaymentNotPossibleError(`Nothing is due on order #${order.number}; it is ${order.status}.`)
  const open = order.payments.find(({ status }) => isOpen(status))
  if (open?.method === method) return open.id
  if (open && !findTransition(open, 'CANCEL', moverOf(unit.actor)))
    throw new PaymentNotPossibleError(
      `The payment of order #${order.number} is ${open.status}; it cannot be changed while the shop looks at it.`,
    )
  await closePayments(unit, order)
  await unit.tx.order.update({ where: { id: order.id }, data: { paymentMethod: method } })
  const paymentId = await addPayment(unit, order, { method, dueMinutes })
  unit.audit({ action: 'payment.start', subjectId: paymentId, detail: { orderId: order.id, method } })
  return paymentId
}

type PaymentRef = { merchantId: string; paymentId: string }

/**
 * What follows once a payment is committed: the provider is asked for a page, and the clock is set. Neither is lost when
 * this fails; the sweep finds such payments.
 */
export async function followUp(app: AppContext, ref: PaymentRef): Promise<void> {
  // Not waited for: with Redis away it takes long, and the customer waits for the link.
  const tendIn = (delayMs: number) =>
    void app.queues
      .enqueue(tendPaymentJob.request(ref, { delayMs }))
      .catch((error: unknown) => app.logger.debug({ err: error }, 'a signal was lost; the sweep makes up for it'))
  try {
    const msLeft = await beginCheckout(app, ref)
    if (msLeft !== null) tendIn(msLeft)
  } catch (error) {
    app.logger.warn({ err: error, ...ref }, 'a payment could not be started; trying again')
    tendIn(1_000)
  }
}

/** The same for the payment an order was placed with. */
export async function followUpOrder(app: AppContext, merchantId: string, orderId: string): Promise<void> {
  const text = `SELECT id FROM payment WHERE order_id = $1::uuid AND status IN ('CREATED', 'PENDING') ORDER BY created_at LIMIT 1`
  const [payment] = await queryShop<{ id: string }>(app, merchantId, text, [orderId])
  if (payment) await followUp(app, { merchantId, paymentId: payment.id })
}

type Unstarted = {
  status: string
  provider: string
  amount: number
  currency: string
  number: number
  language: string | null
  displayPhone: string | null
  expiresAt: Date | null
  msLeft: number | null
}

/**
 * Asks the provider of a payment that is CREATED for the page to pay on, outside any transaction, and makes it PENDING.
 * Does nothing to any other. Returns the ms until the clock has something to do, or null when it never has.
 */
export async function beginCheckout(app: AppContext, { merchantId, paymentId }: PaymentRef): Promise<number | null> {
  const text = `SELECT p.status, p.provider, p.amount::float8 AS amount, p.currency, o.number, c.language, p.expires_at AS "expiresAt",
      (SELECT n.display_phone FROM whatsapp_number n ORDER BY n.id LIMIT 1) AS "displayPhone",
      (extract(epoch FROM greatest(p.expires_at - interval '2 hours', p.created_at + (p.expires_at - p.created_at) / 2) - now()) * 1000)::float8 AS "msLeft"
    FROM payment p JOIN "order" o ON o.id = p.order_id JOIN customer c ON c.id = o.customer_id WHERE p.id = $1::uuid`
  const [payment] = await queryShop<Unstarted>(app, merchantId, text, [paymentId])
  if (!payment) return null
  if (payment.status === 'CREATED') await openPage(app, { merchantId, paymentId }, payment)
  return payment.msLeft === null ? null : Math.max(0, payment.msLeft)
}

async function openPage(app: AppContext, { merchantId, paymentId }: PaymentRef, payment: Unstarted): Promise<void> {
  const provider = hostedProvider(app.config, payment.provider)
  if (!provider) throw new Error(`The payment provider "${payment.provider}" is not available here any more`)
  const shop = await loadShop(app, merchantId)
  const { providerRef, checkoutUrl } = await provider.start(app, {
    merchantId,
    paymentId,
    amount: payment.amount,
    currency: payment.currency,
    shopName: shop.name,
    orderNumber: payment.number,
    locale: payment.language ?? shop.locale,
    returnUrl: returnUrl(app, payment.displayPhone),
    expiresAt: payment.expiresAt,
  })
  await withTenant(app, systemActor(merchantId), async (unit) => {
    const found = await lockPayment(unit, paymentId)
    // Called off in the meantime, or started by somebody else.
    if (found?.payment.status !== 'CREATED') return
    await unit.tx.payment.update({ where: { id: paymentId }, data: { providerRef, checkoutUrl } })
    await movePayment(unit, found.order, found.payment, { move: 'START', mover: 'SYSTEM' })
  })
}

/** Back into the chat: https://faq.whatsapp.com/5913398998672934 ("How to use click to chat"). */
function returnUrl({ config }: AppContext, displayPhone: string | null): string | null {
  if (config.whatsapp.kind === 'emulator') return `${config.publicUrl}/phone`
  const digits = displayPhone?.replace(/\D/g, '')
  return digits ? `https://wa.me/${digits}` : null
}
