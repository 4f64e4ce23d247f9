import * as z from 'zod'
import { choiceId } from '../choice-id.ts'
import type { Context, Outcome } from '../command.ts'
import { defineCommand } from '../command.ts'
import { formatTime } from '../i18n/format.ts'
import { buttons } from '../replies/reply.ts'
import { truncate } from '../replies/truncate.ts'
import type { Order, OutOfStockLine, Payment } from '../storefront.ts'
import { paymentMethods } from '../storefront.ts'
import type { Checkout } from '../state.ts'
import { remainingStockChoice } from './cart-change.ts'
import { cartOutcome } from './cart-view.ts'
import { askAddress, chosenMethod, summaryOutcome } from './checkout-view.ts'
import { menuReply } from './menu.ts'
import { orderOutcome } from './order-view.ts'
import { paymentReply } from './payment-view.ts'

// The provider may answer after the order does; starting the same payment again returns its link.
const paymentOf = async ({ storefront }: Context, order: Order): Promise<Payment | null> => {
  const { payment } = order
  if (payment?.method !== 'ONLINE' || payment.checkoutUrl !== null) return payment
  const started = await storefront.startPayment(order.id, 'ONLINE')
  return started.__typename === 'Payment' ? started : payment
}

const placedOutcome = async (context: Context, order: Order, checkout: Checkout): Promise<Outcome> => {
  const { t, turn, language, state } = context
  const { merchant } = turn
  const place = truncate((order.fulfilment === 'DELIVERY' ? order.address : merchant.pickupAddress) ?? '', 200)
  const held = order.reservedUntil && t.checkout.heldUntil(formatTime(order.reservedUntil, language, merchant))
  const summary = [
    t.checkout.placed(order.number),
    t.checkout.total(order.total.formatted),
    '',
    order.fulfilment === 'DELIVERY' ? t.checkout.deliverTo(place) : t.checkout.pickUp(place),
  ]
  const closing = [held, t.checkout.next].filter(Boolean).join(' ')
  const payment = await paymentOf(context, order)
  const inAdvance = payment !== null && payment.method !== 'CASH_ON_DELIVERY'
  const choices = [
    { id: choiceId('order', order.id), title: t.button.orderStatus },
    { id: choiceId('browse'), title: t.button.browse },
    { id: choiceId('human'), title: t.button.human },
  ]
  const reply = inAdvance
    ? paymentReply(context, order, payment, [...summary, closing])
    : buttons([...summary, t.pay.by.CASH_ON_DELIVERY, '', closing].join('\n'), choices)
  const lastAddress = checkout.address ?? state.lastAddress
  return {
    replies: [reply],
    receipt: true,
    remember: { checkout: null, cart: {}, lastOrderId: order.id, lastAddress },
  }
}

const outOfStockOutcome = (context: Context, lines: readonly OutOfStockLine[]): Outcome => {
  const { t } = context
  const described = lines
    .slice(0, 8)
    .map((line) =>
      t.checkout.outOfStockLine(truncate(line.productName, 60), line.requested, Math.max(0, line.available)),
    )
  const choices = [
    ...lines.slice(0, 2).map((line) => remainingStockChoice(context, line)),
    { id: choiceId('cart'), title: t.button.viewCart },
  ]
  const body = [t.checkout.outOfStock, ...described, '', t.checkout.outOfStockNext].join('\n')
  return { replies: [buttons(body, choices)], remember: { checkout: null } }
}

const failedOutcome = ({ t }: Context): Outcome => {
  const choices = [
    { id: choiceId('cart'), title: t.button.viewCart },
    { id: choiceId('human'), title: t.button.human },
  ]
  return { replies: [buttons(t.checkout.failed, choices)], remember: { checkout: null } }
}

// There is no checkout: the customer tapped an old button, or typed “yes” without one.
const noCheckoutOutcome = async (context: Context, tapped: boolean): Promise<Outcome> => {
  const { storefront, state, t } = context
  const order = tapped && state.lastOrderId !== null ? await storefront.order(state.lastOrderId) : null
  if (order) return orderOutcome(context, order, t.checkout.already(order.number))
  const cart = await storefront.cart()
  return cart.lines.length > 0 ? cartOutcome(context, cart) : { replies: [menuReply(context, t.menu.noReaction)] }
}

/**
 * Places the order of the summary. It calls `placeOrder` before it reads anything: on a replay the cart is already
 * empty, and the server returns the same order.
 */
export const confirm = defineCommand({
  name: 'confirm',
  args: z.tuple([z.coerce.number().int().optional(), z.enum(paymentMethods).optional()]),
  words: {
    en: 'yes, confirm, confirm order, yes please, sure, go ahead, do it',
    fr: 'oui, confirmer, je confirme, oui s il vous plait, d accord, bien sur, allez y',
    pt: 'sim, confirmar, confirmo, confirmar pedido, sim por favor, claro, pode fazer, isso',
    es: 'si, confirmar, confirmo, confirmar pedido, si por favor, claro, adelante, dale',
  },
  run: async (context, shownTotal, shownMethod) => {
    const { checkout } = context.state
    if (checkout === null || checkout.total === null) return noCheckoutOutcome(context, shownTotal !== undefined)
    // The button belongs to an older summary: show the current one first.
    const paymentMethod = chosenMethod(context)
    const current = { ...checkout, method: paymentMethod }
    const isOutdated =
      (shownTotal ?? checkout.total) !== checkout.total || (shownMethod ?? paymentMethod) !== paymentMethod
    if (isOutdated) return summaryOutcome(context, current)
    const { fulfilment, address, total } = checkout
    const result = await context.storefront.placeOrder({ fulfilment, address, paymentMethod, expectedTotal: total })
    switch (result.__typename) {
      case 'Order':
        return placedOutcome(context, result, checkout)
      case 'EmptyCartError':
        return cartOutcome(context, await context.storefront.cart())
      case 'PriceChangedError':
        return summaryOutcome(context, current, context.t.checkout.priceChanged(result.total.formatted))
      case 'OutOfStockError':
        return outOfStockOutcome(context, result.lines)
      case 'ValidationError':
        return result.issues.some((issue) => issue.path.includes('address'))
          ? askAddress(context, context.t.checkout.addressTooShort)
          : failedOutcome(context)
      case 'NotFoundError':
        return failedOutcome(context)
    }
  },
})
