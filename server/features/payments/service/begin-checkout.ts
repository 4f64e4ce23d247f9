import { systemActor } from '../../../auth/actor.ts'
import type { AppContext } from '../../../context.ts'
import { tryEnqueue } from '../../../jobs/queues.ts'
import { queryMerchant } from '../../../db/merchant-query.ts'
import { withTenant } from '../../../unit-of-work/unit-of-work.ts'
import { loadMerchant } from '../../merchants/service.ts'
import { processDuePaymentJob } from '../jobs.ts'
import { hostedProvider } from '../providers/registry.ts'
import { lockPayment, applyTransition } from './change-payment.ts'

type PaymentRef = { merchantId: string; paymentId: string }

/**
 * Opens the checkout page of a committed payment and schedules its reminder and expiry. The sweep repeats both when this
 * fails.
 */
export async function beginPayment(app: AppContext, ref: PaymentRef): Promise<void> {
  // Not awaited: with Redis down it takes long, and the customer waits for the link.
  const processIn = (delayMs: number) => void tryEnqueue(app, processDuePaymentJob.request(ref, { delayMs }))
  try {
    const msLeft = await beginCheckout(app, ref)
    if (msLeft !== null) processIn(msLeft)
  } catch (error) {
    app.logger.warn({ err: error, ...ref }, 'a checkout could not be opened; it will be retried')
    processIn(1_000)
  }
}

/** Begins the payment that an order was placed with. */
export async function beginOrderPayment(app: AppContext, merchantId: string, orderId: string): Promise<void> {
  const text = `SELECT id FROM payment WHERE order_id = $1::uuid AND status IN ('CREATED', 'PENDING') ORDER BY created_at LIMIT 1`
  const [payment] = await queryMerchant<{ id: string }>(app, merchantId, text, [orderId])
  if (payment) await beginPayment(app, { merchantId, paymentId: payment.id })
}

type CheckoutFacts = {
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
 * Opens the checkout page of a CREATED payment at its provider, outside any transaction, and makes the payment PENDING.
 * Payments in other statuses stay as they are. Returns the ms until the payment's reminder, or null when it never expires.
 */
export async function beginCheckout(app: AppContext, { merchantId, paymentId }: PaymentRef): Promise<number | null> {
  const text = `SELECT p.status, p.provider, p.amount::float8 AS amount, p.currency, o.number, c.language, p.expires_at AS "expiresAt",
      (SELECT n.display_phone FROM whatsapp_number n ORDER BY n.id LIMIT 1) AS "displayPhone",
      (extract(epoch FROM greatest(p.expires_at - interval '2 hours', p.created_at + (p.expires_at - p.created_at) / 2) - now()) * 1000)::float8 AS "msLeft"
    FROM payment p JOIN "order" o ON o.id = p.order_id JOIN customer c ON c.id = o.customer_id WHERE p.id = $1::uuid`
  const [payment] = await queryMerchant<CheckoutFacts>(app, merchantId, text, [paymentId])
  if (!payment) return null
  if (payment.status === 'CREATED') await openCheckoutPage(app, { merchantId, paymentId }, payment)
  return payment.msLeft === null ? null : Math.max(0, payment.msLeft)
}

async function openCheckoutPage(
  app: AppContext,
  { merchantId, paymentId }: PaymentRef,
  payment: CheckoutFacts,
): Promise<void> {
  const provider = hostedProvider(app.config, payment.provider)
  if (!provider) throw new Error(`The payment provider "${payment.provider}" is no longer set up`)
  const merchant = await loadMerchant(app, merchantId)
  const { providerRef, checkoutUrl } = await provider.start(app, {
    merchantId,
    paymentId,
    amount: payment.amount,
    currency: payment.currency,
    shopName: merchant.name,
    orderNumber: payment.number,
    locale: payment.language ?? merchant.locale,
    returnUrl: returnUrl(app, payment.displayPhone),
    expiresAt: payment.expiresAt,
  })
  await withTenant(app, systemActor(merchantId), async (unit) => {
    const found = await lockPayment(unit, paymentId)
    // It was cancelled, or a concurrent job started it.
    if (found?.payment.status !== 'CREATED') return
    await unit.tx.payment.update({ where: { id: paymentId }, data: { providerRef, checkoutUrl } })
    applyTransition(unit, found.order, found.payment, { move: 'START', mover: 'SYSTEM' })
  })
}

/** Link back into the chat: https://faq.whatsapp.com/5913398998672934 ("How to use click to chat"). */
function returnUrl({ config }: AppContext, displayPhone: string | null): string | null {
  if (config.whatsapp.kind === 'emulator') return `${config.publicUrl}/phone`
  const digits = displayPhone?.replace(/\D/g, '')
  return digits ? `https://wa.me/${digits}` : null
}
