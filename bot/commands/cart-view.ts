import { choiceId } from '../choice-id.ts'
import type { Context, Outcome } from '../command.ts'
import type { Reply } from '../replies/reply.ts'
import { buttons } from '../replies/reply.ts'
import { truncate } from '../replies/truncate.ts'
import type { Cart, CartLine } from '../storefront.ts'
import type { State } from '../state.ts'
import { MAX_REMEMBERED_LINES } from '../state.ts'
import { variantTitle } from './catalog-view.ts'

// Leaves room for the subtotal in the body, however long the cart is.
const MAX_LINES = 10
const MAX_LINE_TITLE = 60

export const lineTitle = (line: CartLine): string => variantTitle(line.variant.product, line.variant)

/** The quantities of a cart, as the conversation's state stores them. */
export const quantitiesOf = (cart: Cart): State['cart'] =>
  Object.fromEntries(cart.lines.slice(0, MAX_REMEMBERED_LINES).map((line) => [line.variant.id, line.quantity]))

/** The lines of a cart as text: the first ten in full, the rest as a count. */
export const cartLines = ({ t }: Context, cart: Cart): string[] => {
  const shown = cart.lines
    .slice(0, MAX_LINES)
    .map((line) => `${line.quantity} × ${truncate(lineTitle(line), MAX_LINE_TITLE)} · ${line.total.formatted}`)
  const hidden = cart.lines.length - shown.length
  return hidden > 0 ? [...shown, t.cart.hidden(hidden)] : shown
}

const emptyCartReply = ({ t }: Context, lead: string): Reply => {
  const choices = [
    { id: choiceId('browse'), title: t.button.browse },
    { id: choiceId('orders'), title: t.button.orders },
    { id: choiceId('menu'), title: t.button.menu },
  ]
  return buttons(lead === '' ? t.cart.empty : `${lead}\n\n${t.cart.empty}`, choices)
}

/** Shows a cart below an optional first sentence, and stores its quantities in the state. */
export const cartOutcome = (context: Context, cart: Cart, lead = ''): Outcome => {
  const { t } = context
  const remember = { cart: quantitiesOf(cart) }
  if (cart.lines.length === 0)
    return { replies: [emptyCartReply(context, lead)], remember: { ...remember, checkout: null } }
  const body = [
    lead,
    lead && '',
    t.cart.title,
    ...cartLines(context, cart),
    '',
    t.cart.subtotal(cart.subtotal.formatted),
  ]
  const choices = [
    { id: choiceId('checkout'), title: t.button.checkout },
    { id: choiceId('browse'), title: t.button.keepShopping },
    { id: choiceId('change-cart'), title: t.button.changeCart },
  ]
  return { replies: [buttons(body.slice(lead === '' ? 2 : 0).join('\n'), choices)], remember }
}
