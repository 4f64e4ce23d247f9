import { choiceId } from '../choice-id.ts'
import type { Context, Outcome } from '../command.ts'
import { formatTime } from '../i18n/format.ts'
import type { Choice, Reply } from '../replies/reply.ts'
import { buttons, link, buttonsOrText } from '../replies/reply.ts'
import type { OrderSummary, Payment, PaymentMethod } from '../storefront.ts'

/** Whether the customer can still pay for the order or change its payment method. */
export const isPayable = ({ due, paymentStatus }: OrderSummary): boolean =>
  due.amount > 0 && paymentStatus !== 'PROOF_SUBMITTED'

/** Whether the shop waits for the payment before it hands over the goods. */
export const isAwaited = (order: OrderSummary): boolean =>
  isPayable(order) && ['AWAITING', 'FAILED', 'PARTIALLY_PAID'].includes(order.paymentStatus)

/** Whether the order accepts an image as proof of transfer; a proof that was not reviewed yet can be replaced. */
export const awaitsProof = ({ due, payment }: OrderSummary): boolean =>
  due.amount > 0 &&
  payment?.method === 'BANK_TRANSFER' &&
  (payment.status === 'PENDING' || payment.status === 'PROOF_SUBMITTED')

/** The payment methods as choices, `chosen` last; `target` gives the id of each. */
export const methodChoices = (
  { t, turn }: Context,
  target: (method: PaymentMethod) => string,
  chosen?: PaymentMethod | null,
): Choice[] => {
  const methods = turn.merchant.paymentMethods
  const others = methods.filter((method) => method !== chosen)
  return [...others, ...methods.filter((method) => method === chosen)].map((method) => ({
    id: target(method),
    title: t.pay.method[method],
  }))
}

/** The payment line of an order: its method, and whether it is paid, awaited or under review. */
export const paymentLine = ({ t }: Context, order: OrderSummary): string =>
  order.due.amount === 0 && order.paymentStatus === 'UNPAID'
    ? ''
    : t.pay.status[order.paymentStatus](order.due.formatted)

const furtherChoices = ({ t, turn }: Context, order: OrderSummary): Choice[] => [
  ...(turn.merchant.paymentMethods.length > 1
    ? [{ id: choiceId('pay-order', order.id), title: t.button.payDifferently }]
    : []),
  { id: choiceId('order', order.id), title: t.button.orderStatus },
  { id: choiceId('human'), title: t.button.human },
]

const deadline = ({ t, language, turn }: Context, { expiresAt }: Payment): string[] =>
  expiresAt === null ? [] : [t.pay.until(formatTime(expiresAt, language, turn.merchant))]

/**
 * One message of payment instructions for an order, below the lines of `lead`: the bank details, never shortened, or a
 * button that opens the online checkout.
 */
export const paymentReply = (
  context: Context,
  order: OrderSummary,
  payment: Payment,
  lead: readonly string[],
): Reply => {
  const { t, turn } = context
  const above = lead.length === 0 ? [] : [...lead, '']
  switch (payment.method) {
    case 'CASH_ON_DELIVERY':
      return buttons([...above, t.pay.by.CASH_ON_DELIVERY].join('\n'), furtherChoices(context, order))
    case 'BANK_TRANSFER': {
      const body = [
        ...above,
        t.pay.transfer(order.due.formatted),
        turn.merchant.bankDetails ?? t.pay.noDetails,
        t.pay.reference(order.number),
        ...deadline(context, payment),
        '',
        t.pay.sendPhoto,
      ]
      return buttonsOrText(body.join('\n'), furtherChoices(context, order))
    }
    case 'ONLINE': {
      if (payment.checkoutUrl === null) {
        const again = { id: choiceId('pay-by', order.id, 'ONLINE'), title: t.button.tryAgain }
        return buttons([...above, t.pay.linkLater].join('\n'), [again, ...furtherChoices(context, order)])
      }
      const body = [...above, t.pay.online(order.due.formatted), ...deadline(context, payment)]
      return link(body.join('\n'), { label: t.button.payNow, url: payment.checkoutUrl })
    }
  }
}

/** Asks for the payment method of an order. */
export const askMethod = (context: Context, order: OrderSummary): Outcome => {
  const target = (method: PaymentMethod) => choiceId('pay-by', order.id, method)
  const choices = methodChoices(context, target, order.payment?.method)
  return { replies: [buttons(context.t.pay.howOrder(order.number, order.due.formatted), choices)] }
}
