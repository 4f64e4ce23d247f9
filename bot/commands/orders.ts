import * as z from 'zod'
import { choiceId } from '../choice-id.ts'
import type { Context, Outcome } from '../command.ts'
import { defineCommand } from '../command.ts'
import { formatTime } from '../i18n/format.ts'
import { limits } from '../replies/limits.ts'
import type { Row } from '../replies/reply.ts'
import { buttons, list } from '../replies/reply.ts'
import type { OrderSummary } from '../storefront.ts'
import { id, none } from './arguments.ts'
import { orderOutcome } from './order-view.ts'

// Enough orders for a customer who types an order number.
const SEARCHED_ORDERS = 50

/** An order as a list row that opens it. */
export const rowOf = ({ t, language, turn }: Context, order: OrderSummary): Row => ({
  id: choiceId('order', order.id),
  title: `${t.orders.rowTitle(order.number)} · ${order.total.formatted}`,
  description: `${t.orders.status[order.status] ?? order.status} · ${formatTime(order.placedAt, language, turn.merchant)}`,
})

const listOutcome = (context: Context, orders: readonly OrderSummary[], lead: string): Outcome => {
  const { t } = context
  if (orders.length === 0) {
    const choices = [
      { id: choiceId('browse'), title: t.button.browse },
      { id: choiceId('menu'), title: t.button.menu },
    ]
    return { replies: [buttons(t.orders.none, choices)] }
  }
  const rows = orders.slice(0, limits.rows).map((order) => rowOf(context, order))
  return { replies: [list(lead, { button: t.button.seeOrders, sections: [{ title: t.orders.section, rows }] })] }
}

/** Lists the customer's latest orders; a single order is shown at once. */
export const orders = defineCommand({
  name: 'orders',
  args: none,
  words: {
    en: 'orders, my orders, my order, order status, status, track, track order, track my order, where is my order, wheres my order, where is it',
    fr: 'mes commandes, ma commande, suivi, suivi de commande, ou est ma commande, ou en est ma commande, etat de ma commande, suivre ma commande',
    pt: 'pedidos, meus pedidos, meu pedido, status, status do pedido, onde esta meu pedido, cade meu pedido, rastrear pedido, acompanhar pedido',
    es: 'pedidos, mis pedidos, mi pedido, estado, estado del pedido, estado de mi pedido, seguimiento, donde esta mi pedido, rastrear pedido',
  },
  run: async (context) => {
    const latest = await context.storefront.orders(limits.rows)
    const [only, ...others] = latest
    const whole = only && others.length === 0 ? await context.storefront.order(only.id) : null
    return whole ? orderOutcome(context, whole) : listOutcome(context, latest, context.t.orders.pick)
  },
})

/** Says that the order does not exist and lists the customer's orders. */
export const notFound = async (context: Context): Promise<Outcome> =>
  listOutcome(context, await context.storefront.orders(limits.rows), context.t.orders.notFound)

/** Shows one order. */
export const order = defineCommand({
  name: 'order',
  args: z.tuple([id]),
  run: async (context, orderId) => {
    const found = await context.storefront.order(orderId)
    return found ? orderOutcome(context, found) : notFound(context)
  },
})

/** Shows the customer's order with this number. */
export const orderNumber = defineCommand({
  name: 'order-number',
  args: z.tuple([z.coerce.number().int().min(1).max(1e9)]),
  run: async (context, number) => {
    const own = await context.storefront.orders(SEARCHED_ORDERS)
    const found = own.find((candidate) => candidate.number === number)
    const whole = found ? await context.storefront.order(found.id) : null
    return whole ? orderOutcome(context, whole) : listOutcome(context, own, context.t.orders.notFound)
  },
})

const question = ({ t }: Context, { id, number }: OrderSummary): Outcome => ({
  replies: [
    buttons(t.orders.cancelQuestion(number), [
      { id: choiceId('cancel-order-yes', id), title: t.button.cancelOrderYes },
      { id: choiceId('order', id), title: t.button.cancelOrderNo },
    ]),
  ],
})

const cannotCancel = ({ t }: Context): Outcome => ({
  replies: [
    buttons(t.orders.cannotCancel, [
      { id: choiceId('human'), title: t.button.human },
      { id: choiceId('orders'), title: t.button.orders },
    ]),
  ],
})

/** Asks for confirmation before cancelling. */
export const cancelOrder = defineCommand({
  name: 'cancel-order',
  args: z.tuple([id]),
  run: async (context, orderId) => {
    const found = await context.storefront.order(orderId)
    if (!found) return notFound(context)
    return found.allowedActions.includes('CANCEL') ? question(context, found) : cannotCancel(context)
  },
})

/** Cancels an order. The server decides whether it may be: a check beforehand would answer a replay differently. */
export const cancelOrderYes = defineCommand({
  name: 'cancel-order-yes',
  args: z.tuple([id]),
  run: async (context, orderId) => {
    const result = await context.storefront.cancelOrder(orderId)
    if (result.__typename === 'NotFoundError') return notFound(context)
    if (result.__typename !== 'Order') return cannotCancel(context)
    const choices = [
      { id: choiceId('browse'), title: context.t.button.browse },
      { id: choiceId('human'), title: context.t.button.human },
    ]
    return { replies: [buttons(context.t.orders.cancelled(result.number), choices)] }
  },
})

/** “Cancel”: leaves the checkout, or offers to cancel the newest order that allows it. */
export const cancel = defineCommand({
  name: 'cancel',
  args: none,
  words: {
    en: 'cancel, cancel order, cancel my order, cancel the order, cancel it',
    fr: 'annuler, annuler la commande, annuler ma commande, annuler commande',
    pt: 'cancelar, cancelar pedido, cancelar o pedido, cancelar meu pedido, desistir',
    es: 'cancelar, cancelar pedido, cancelar mi pedido, cancelar el pedido, anular, anular pedido',
  },
  run: async (context) => {
    const { state, t } = context
    if (state.checkout) {
      const choices = [
        { id: choiceId('cart'), title: t.button.viewCart },
        { id: choiceId('orders'), title: t.button.orders },
      ]
      return { replies: [buttons(t.checkout.cancelled, choices)], remember: { checkout: null } }
    }
    const latest = await context.storefront.orders(limits.rows)
    const open = latest.find((candidate) => candidate.allowedActions.includes('CANCEL'))
    return open ? question(context, open) : listOutcome(context, latest, t.orders.pick)
  },
})
