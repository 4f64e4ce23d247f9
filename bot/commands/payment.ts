import * as z from 'zod'
import { choiceId } from '../choice-id.ts'
import type { Context, Outcome } from '../command.ts'
import { defineCommand } from '../command.ts'
import { limits } from '../replies/limits.ts'
import { list } from '../replies/reply.ts'
import type { OrderSummary, PaymentMethod } from '../storefront.ts'
import { paymentMethods } from '../storefront.ts'
import { about } from './shop-info.ts'
import { id, none } from './arguments.ts'
import { checkout } from './checkout.ts'
import { summaryOutcome } from './checkout-view.ts'
import { menuReply } from './menu.ts'
import { notFound, rowOf } from './orders.ts'
import { orderOutcome } from './order-view.ts'
import { askMethod, isAwaited, isPayable, paymentReply } from './payment-view.ts'

const method = z.enum(paymentMethods)

/** Starts the payment and shows its instructions. It writes first, so a replay answers the same. */
const startPayment = async (context: Context, orderId: string, by: PaymentMethod): Promise<Outcome> => {
  const result = await context.storefront.startPayment(orderId, by)
  const order = await context.storefront.order(orderId)
  if (!order) return notFound(context)
  if (result.__typename !== 'Payment') return orderOutcome(context, order, context.t.pay.notPossible)
  return { replies: [paymentReply(context, order, result, [context.t.orders.title(order.number)])] }
}

const askOrderMethod = async (context: Context, order: OrderSummary): Promise<Outcome> => {
  const [only, ...others] = context.turn.merchant.paymentMethods
  if (!isPayable(order)) {
    const whole = await context.storefront.order(order.id)
    return whole ? orderOutcome(context, whole) : notFound(context)
  }
  return only && others.length === 0 ? startPayment(context, order.id, only) : askMethod(context, order)
}

// Orders that the shop holds until they are paid come before those paid on delivery.
const payableOrders = async ({ storefront }: Context): Promise<OrderSummary[]> => {
  const open = (await storefront.orders(limits.rows)).filter(isPayable)
  const awaited = open.filter(isAwaited)
  return awaited.length > 0 ? awaited : open
}

const pickOrder = (
  context: Context,
  orders: readonly OrderSummary[],
  target: (order: OrderSummary) => string,
): Outcome => {
  const { t } = context
  const rows = orders.map((order) => ({ ...rowOf(context, order), id: target(order) }))
  return { replies: [list(t.pay.pick, { button: t.button.seeOrders, sections: [{ title: t.orders.section, rows }] })] }
}

/** Checks out the cart; with an empty cart, pays for an unpaid order. */
export const pay = defineCommand({
  name: 'pay',
  args: none,
  words: {
    en: 'pay, pay now, i want to pay, pay my order, pay for my order, change payment, pay differently, change how i pay',
    es: 'pagar, quiero pagar, pagar ahora, pagar mi pedido, cambiar el pago, cambiar forma de pago, otra forma de pago',
    fr: 'payer, je veux payer, payer maintenant, payer ma commande, changer de paiement, payer autrement',
    pt: 'pagar, quero pagar, pagar agora, pagar meu pedido, mudar o pagamento, mudar pagamento, pagar de outro jeito',
  },
  run: async (context) => {
    const cart = await context.storefront.cart()
    if (cart.lines.length > 0) return checkout.run(context, [])
    const [first, ...others] = await payableOrders(context)
    if (!first) return { replies: [menuReply(context, context.t.pay.nothing)] }
    return others.length === 0
      ? askOrderMethod(context, first)
      : pickOrder(context, [first, ...others], (order) => choiceId('pay-order', order.id))
  },
})

/** Asks for the payment method of an order. */
export const payOrder = defineCommand({
  name: 'pay-order',
  args: z.tuple([id]),
  run: async (context, orderId) => {
    const order = await context.storefront.order(orderId)
    return order ? askOrderMethod(context, order) : notFound(context)
  },
})

/** Sets the payment method of an order and starts its payment. */
export const payBy = defineCommand({
  name: 'pay-by',
  args: z.tuple([id, method]),
  run: startPayment,
})

/** Sets the payment method of the order in checkout. */
export const checkoutPay = defineCommand({
  name: 'checkout-pay',
  args: z.tuple([method]),
  run: async (context, chosen) => {
    const { checkout: current } = context.state
    if (current === null || current.total === null) return checkout.run(context, [])
    return summaryOutcome(context, { ...current, method: chosen })
  },
})

const phrasesOf = (chosen: PaymentMethod, phrases: string) =>
  phrases.split(', ').map((phrase) => [phrase, [chosen]] as const)

/** Sets the payment method that the customer typed: for the order in checkout, else for an unpaid order. */
export const payWith = defineCommand({
  name: 'pay-with',
  args: z.tuple([method]),
  phrases: Object.fromEntries([
    ...phrasesOf(
      'CASH_ON_DELIVERY',
      'cash, pay cash, in cash, pay in cash, cash on delivery, efectivo, en efectivo, pagar en efectivo, especes, en especes, payer en especes, liquide, dinheiro, em dinheiro, pagar em dinheiro',
    ),
    ...phrasesOf(
      'BANK_TRANSFER',
      'bank transfer, transfer, pay by bank transfer, pay by transfer, transferencia, transferencia bancaria, por transferencia, pagar por transferencia, virement, virement bancaire, par virement, payer par virement, pix',
    ),
    ...phrasesOf(
      'ONLINE',
      'online, pay online, payment link, en linea, pagar en linea, enlace de pago, en ligne, payer en ligne, lien de paiement, pela internet, pagar pela internet, pagar online, link de pagamento',
    ),
  ]),
  run: async (context, chosen) => {
    const { state, turn } = context
    if (!turn.merchant.paymentMethods.includes(chosen)) return about.run(context, [])
    if (state.checkout !== null && state.checkout.total !== null) return checkoutPay.run(context, [chosen])
    const [first, ...others] = await payableOrders(context)
    if (!first) return about.run(context, [])
    if (others.length === 0) return startPayment(context, first.id, chosen)
    return pickOrder(context, [first, ...others], (order) => choiceId('pay-by', order.id, chosen))
  },
})
