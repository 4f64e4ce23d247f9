import * as z from 'zod'
import { choiceId } from '../choice-id.ts'
import type { Context, Outcome } from '../command.ts'
import { defineCommand } from '../command.ts'
import { limits } from '../replies/limits.ts'
import { buttons, list } from '../replies/reply.ts'
import type { OrderSummary } from '../storefront.ts'
import { id, quantity, words } from './arguments.ts'
import { notFound, rowOf } from './orders.ts'
import { awaitsProof, isPayable } from './payment-view.ts'
import { search } from './search.ts'
import { offerPerson } from './unsupported-message.ts'

/** Submits the image of a message as proof of a bank transfer. It writes first, so a replay answers the same. */
const submitProof = async (context: Context, orderId: string, messageId: string): Promise<Outcome> => {
  const { storefront, t } = context
  const result = await storefront.submitPaymentProof(orderId, messageId)
  const order = await storefront.order(orderId)
  if (!order) return notFound(context)
  if (result.__typename !== 'Payment') return offerPerson(context, t.image.notProof)
  const choices = [
    { id: choiceId('problem', orderId, messageId), title: t.button.problemWith(order.number) },
    { id: choiceId('order', orderId), title: t.button.orderStatus },
    { id: choiceId('human'), title: t.button.human },
  ]
  return { replies: [buttons(t.image.proofTaken(order.number), choices)] }
}

const askWhichOrder = (context: Context, orders: readonly OrderSummary[]): Outcome => {
  const { t, turn } = context
  const rows = orders.map((order) => ({ ...rowOf(context, order), id: choiceId('proof', order.id, turn.messageId) }))
  const sections = [{ title: t.orders.section, rows }]
  return { replies: [list(t.image.whichOrder, { button: t.button.seeOrders, sections })] }
}

const askPurpose = (context: Context, order: OrderSummary): Outcome => {
  const { t, turn } = context
  const byTransfer = isPayable(order) && turn.merchant.paymentMethods.includes('BANK_TRANSFER')
  const choices = [
    ...(byTransfer
      ? [{ id: choiceId('proof', order.id, turn.messageId), title: t.button.paymentOf(order.number) }]
      : []),
    { id: choiceId('problem', order.id, turn.messageId), title: t.button.problemWith(order.number) },
    { id: choiceId('something-else'), title: t.button.somethingElse },
  ]
  return { replies: [buttons(t.image.ask, choices)] }
}

/**
 * Handles an image. If an order awaits a bank transfer, the image is its proof; otherwise a customer with orders is asked
 * about its purpose. The arguments are the search of its caption, which applies to customers without orders.
 */
export const image = defineCommand({
  name: 'image',
  args: z.tuple([words.optional(), quantity.optional()]),
  run: async (context, phrase, count) => {
    const { storefront, turn, t } = context
    const latest = await storefront.orders(limits.rows)
    const [awaiting, ...more] = latest.filter(awaitsProof)
    if (awaiting && more.length === 0) return submitProof(context, awaiting.id, turn.messageId)
    if (awaiting) return askWhichOrder(context, [awaiting, ...more])
    const [newest] = latest
    if (newest) return askPurpose(context, newest)
    if (phrase === undefined) return offerPerson(context, t.unknown.image)
    return search.run(context, count === undefined ? [phrase] : [phrase, String(count)])
  },
})

/** Submits an image that the customer declared as proof of payment; the order's payment method becomes bank transfer. */
export const proof = defineCommand({
  name: 'proof',
  args: z.tuple([id, id]),
  run: async (context, orderId, messageId) => {
    const started = await context.storefront.startPayment(orderId, 'BANK_TRANSFER')
    if (started.__typename === 'NotFoundError') return notFound(context)
    return submitProof(context, orderId, messageId)
  },
})

/** Offers a person for an image that concerns no order. */
export const somethingElse = defineCommand({
  name: 'something-else',
  args: z.tuple([]),
  run: async (context) => offerPerson(context, context.t.unknown.image),
})
