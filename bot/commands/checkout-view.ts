import { choiceId } from '../choice-id.ts'
import type { Context, Outcome } from '../command.ts'
import { formatMoney } from '../i18n/format.ts'
import { buttons, text } from '../replies/reply.ts'
import { cleanText, truncate } from '../replies/truncate.ts'
import type { PaymentMethod } from '../storefront.ts'
import type { Checkout } from '../state.ts'
import { cartLines, cartOutcome, quantitiesOf } from './cart-view.ts'

const MAX_ADDRESS = 300
const MIN_ADDRESS = 5
const SHOWN_ADDRESS = 200

/** An address as it is stored: one clean line of at most 300 characters; null when it is too short. */
export const readAddress = (written: string): string | null => {
  const address = truncate(cleanText(written).replaceAll(/\s+/g, ' '), MAX_ADDRESS)
  return address.length >= MIN_ADDRESS && /\p{L}|\d/u.test(address) ? address : null
}

/** The payment method of the order in checkout: the chosen one if the shop still accepts it, else the shop's default. */
export const chosenMethod = ({ state, turn }: Context): PaymentMethod => {
  const offered = turn.merchant.paymentMethods
  const chosen = state.checkout?.method
  return (chosen && offered.includes(chosen) ? chosen : offered[0]) ?? 'CASH_ON_DELIVERY'
}

/** Asks for the delivery address and offers the last one as a button. The next text is read as the address. */
export const askAddress = ({ t, state }: Context, lead = ''): Outcome => {
  const expecting = { command: 'address', args: [] }
  const method = state.checkout?.method ?? null
  const remember = { checkout: { fulfilment: 'DELIVERY' as const, address: null, total: null, method } }
  if (state.lastAddress === null) {
    return { replies: [text([lead, t.checkout.askAddress].filter(Boolean).join('\n\n'))], expecting, remember }
  }
  const body = [lead, t.checkout.lastAddress(truncate(state.lastAddress, SHOWN_ADDRESS))].filter(Boolean).join('\n\n')
  const choices = [
    { id: choiceId('same-address'), title: t.button.sameAddress },
    { id: choiceId('cancel-checkout'), title: t.button.cancelCheckout },
  ]
  return { replies: [buttons(body, choices)], expecting, remember }
}

/** The order summary before confirmation: lines, address, total and payment method. */
export const summaryOutcome = async (
  context: Context,
  { fulfilment, address, method }: Pick<Checkout, 'fulfilment' | 'address'> & { method: PaymentMethod },
  lead = '',
): Promise<Outcome> => {
  const { t, turn, storefront } = context
  const cart = await storefront.cart()
  if (cart.lines.length === 0) return cartOutcome(context, cart)
  const { merchant } = turn
  const delivered = fulfilment === 'DELIVERY'
  const total = cart.subtotal.amount + (delivered ? merchant.deliveryFee.amount : 0)
  const place = truncate((delivered ? address : merchant.pickupAddress) ?? '', SHOWN_ADDRESS)
  const body = [
    ...(lead === '' ? [] : [lead, '']),
    t.checkout.summary,
    ...cartLines(context, cart),
    '',
    ...(delivered ? [t.checkout.fee(merchant.deliveryFee.formatted)] : []),
    t.checkout.total(delivered ? formatMoney(total, merchant) : cart.subtotal.formatted),
    '',
    delivered ? t.checkout.deliverTo(place) : t.checkout.pickUp(place),
    t.pay.by[method],
    '',
    t.checkout.ask,
  ]
  const choices = [
    { id: choiceId('confirm', total, method), title: t.button.confirm },
    ...(merchant.paymentMethods.length > 1 ? [{ id: choiceId('how-to-pay'), title: t.button.payDifferently }] : []),
    { id: choiceId('change-checkout'), title: t.button.changeCheckout },
    { id: choiceId('cancel-checkout'), title: t.button.cancelCheckout },
  ]
  return {
    replies: [buttons(body.join('\n'), choices)],
    remember: { cart: quantitiesOf(cart), checkout: { fulfilment, address, total, method } },
  }
}
