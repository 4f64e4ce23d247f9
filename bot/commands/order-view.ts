import { choiceId } from '../choice-id.ts'
import type { Context, Outcome } from '../command.ts'
import { formatTime } from '../i18n/format.ts'
import { buttons } from '../replies/reply.ts'
import { truncate } from '../replies/truncate.ts'
import type { Order } from '../storefront.ts'
import { variantTitle } from './catalog-view.ts'
import { isAwaited, paymentLine } from './payment-view.ts'

const SHOWN_LINES = 8

/** One order in friendly words: its status, its lines, and the actions it allows. */
export const orderOutcome = (context: Context, order: Order, lead = ''): Outcome => {
  const { t, turn, language } = context
  const { merchant } = turn
  const lines = order.lines.slice(0, SHOWN_LINES).map((line) => {
    const title = variantTitle({ name: line.productName }, { name: line.variantName })
    return `${line.quantity} × ${truncate(title, 60)} · ${line.total.formatted}`
  })
  const hidden = order.lines.length - lines.length
  const place = truncate((order.fulfilment === 'DELIVERY' ? order.address : merchant.pickupAddress) ?? '', 200)
  const held = order.status === 'PENDING' ? order.reservedUntil : null
  const money = paymentLine(context, order)
  const body = [
    ...(lead === '' ? [] : [lead, '']),
    t.orders.title(order.number),
    t.orders.status[order.status] ?? order.status,
    ...(order.reason ? [t.orders.reason(truncate(order.reason, 150))] : []),
    '',
    ...lines,
    ...(hidden > 0 ? [t.cart.hidden(hidden)] : []),
    t.checkout.total(order.total.formatted),
    ...(money === '' ? [] : [money]),
    '',
    order.fulfilment === 'DELIVERY' ? t.checkout.deliverTo(place) : t.checkout.pickUp(place),
    t.orders.placedAt(formatTime(order.placedAt, language, merchant)),
    ...(held === null ? [] : [t.orders.heldUntil(formatTime(held, language, merchant))]),
  ]
  const choices = [
    ...(isAwaited(order) ? [{ id: choiceId('pay-order', order.id), title: t.button.pay }] : []),
    ...(order.allowedActions.includes('CANCEL')
      ? [{ id: choiceId('cancel-order', order.id), title: t.button.cancelOrder }]
      : []),
    { id: choiceId('receipt', order.id), title: t.button.receipt },
    { id: choiceId('human'), title: t.button.human },
  ]
  return { replies: [buttons(body.join('\n'), choices)] }
}
