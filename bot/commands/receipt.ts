import * as z from 'zod'
import { choiceId } from '../choice-id.ts'
import type { Context, Outcome } from '../command.ts'
import { defineCommand } from '../command.ts'
import { formatTime } from '../i18n/format.ts'
import { limits } from '../replies/limits.ts'
import { list, text } from '../replies/reply.ts'
import { truncate } from '../replies/truncate.ts'
import type { Order } from '../storefront.ts'
import { id } from './arguments.ts'
import { variantTitle } from './catalog-view.ts'
import { notFound, rowOf } from './orders.ts'

// With names of at most 60 characters, 40 lines fit a text message.
const MAX_LINES = 40

/** The lines and payments of an order as one text: a receipt once it is paid in full, an invoice before. */
const receiptOutcome = (context: Context, order: Order): Outcome => {
  const { t, turn, language } = context
  const { merchant } = turn
  const lines = order.lines.slice(0, MAX_LINES).map((line) => {
    const title = variantTitle({ name: line.productName }, { name: line.variantName })
    return `${line.quantity} × ${truncate(title, 60)} · ${line.total.formatted}`
  })
  const hidden = order.lines.length - lines.length
  const { method } = order.payment ?? {}
  const body = [
    order.due.amount === 0 && order.paid.amount > 0
      ? t.receipt.receipt(merchant.name)
      : t.receipt.invoice(merchant.name),
    t.receipt.order(order.number, formatTime(order.placedAt, language, merchant)),
    t.orders.status[order.status] ?? order.status,
    '',
    ...lines,
    ...(hidden > 0 ? [t.cart.hidden(hidden)] : []),
    ...(order.deliveryFee.amount > 0 ? [t.checkout.fee(order.deliveryFee.formatted)] : []),
    t.checkout.total(order.total.formatted),
    '',
    ...(method ? [t.receipt.method(t.pay.method[method])] : []),
    t.receipt.paid(order.paid.formatted),
    ...(order.due.amount > 0 ? [t.receipt.due(order.due.formatted)] : []),
  ]
  return { replies: [text(body.join('\n'))], receipt: true }
}

/** Sends the receipt of an order; a customer with several orders picks one. */
export const receipt = defineCommand({
  name: 'receipt',
  args: z.tuple([id.optional()]),
  words: {
    en: 'receipt, invoice, bill, my receipt, my invoice, send me the receipt, send me the invoice',
    es: 'recibo, factura, cuenta, mi recibo, mi factura, la cuenta, la factura',
    fr: 'recu, facture, mon recu, ma facture, la facture, le recu, note',
    pt: 'recibo, fatura, nota, meu recibo, minha fatura, nota fiscal, a conta',
  },
  run: async (context, orderId) => {
    const { t, storefront } = context
    if (orderId !== undefined) {
      const found = await storefront.order(orderId)
      return found ? receiptOutcome(context, found) : notFound(context)
    }
    const latest = await storefront.orders(limits.rows)
    const [only, ...others] = latest
    const whole = only && others.length === 0 ? await storefront.order(only.id) : null
    if (whole) return receiptOutcome(context, whole)
    if (!only) return notFound(context)
    const rows = latest.map((order) => ({ ...rowOf(context, order), id: choiceId('receipt', order.id) }))
    const sections = [{ title: t.orders.section, rows }]
    return { replies: [list(t.receipt.pick, { button: t.button.seeOrders, sections })] }
  },
})
