import { choiceId } from '../choice-id.ts'
import type { Context, Outcome } from '../command.ts'
import { buttons } from '../replies/reply.ts'
import type { Cart, OutOfStockLine, SetCartLineResult } from '../storefront.ts'
import { MAX_QUANTITY } from './arguments.ts'
import { cartOutcome, lineTitle } from './cart-view.ts'

/**
 * The absolute quantity to set when `added` of a variant are added to the cart's `current` quantity. On a replay the cart
 * may already hold what the lost attempt added: `current` is then `added` above the quantity that the state has `stored`,
 * and the same quantity is set again.
 */
export const decideQuantity = (cart: { current: number; stored: number; added: number; attempt: number }): number =>
  cart.attempt > 1 && cart.current === cart.stored + cart.added ? cart.current : cart.current + cart.added

/** A button that sets the line to the remaining stock, or removes it when there is none. */
export const remainingStockChoice = ({ t }: Context, line: OutOfStockLine): { id: string; title: string } => ({
  id: choiceId('quantity', line.variantId, Math.max(0, line.available)),
  title: line.available > 0 ? t.button.take(line.available, line.productName) : t.button.remove(line.productName),
})

const outOfStockOutcome = (context: Context, lines: readonly OutOfStockLine[]): Outcome => {
  const { t } = context
  const choices = lines.filter((line) => line.available > 0).map((line) => remainingStockChoice(context, line))
  const body = lines.map((line) => t.cart.notEnough(line.productName, Math.max(0, line.available))).join('\n')
  const furtherChoices = [
    { id: choiceId('browse'), title: t.button.moreProducts },
    { id: choiceId('cart'), title: t.button.viewCart },
  ]
  return { replies: [buttons(body, [...choices.slice(0, 1), ...furtherChoices])] }
}

/** The reply to a changed line: the cart below a sentence that states the change, or the reason why it failed. */
export const cartLineOutcome = async (
  context: Context,
  result: SetCartLineResult,
  lead: (cart: Cart) => string,
): Promise<Outcome> => {
  if (result.__typename === 'Cart') return cartOutcome(context, result, lead(result))
  if (result.__typename === 'OutOfStockError') return outOfStockOutcome(context, result.lines)
  const sentence = result.__typename === 'NotFoundError' ? context.t.browse.gone : context.t.cart.tooMany
  return cartOutcome(context, await context.storefront.cart(), sentence)
}

const lineNameOf = (cart: Cart, variantId: string): string => {
  const line = cart.lines.find((candidate) => candidate.variant.id === variantId)
  return line ? lineTitle(line) : ''
}

/** Adds `added` of a variant to the cart and shows the cart. */
export const addToCart = async (context: Context, variantId: string, added: number): Promise<Outcome> => {
  const { storefront, state, turn, t } = context
  const before = await storefront.cart()
  const current = before.lines.find((line) => line.variant.id === variantId)?.quantity ?? 0
  const quantity = decideQuantity({ current, stored: state.cart[variantId] ?? 0, added, attempt: turn.attempt })
  if (quantity > MAX_QUANTITY) return cartOutcome(context, before, t.cart.tooMany)
  const result = await storefront.setCartLine(variantId, quantity)
  return cartLineOutcome(context, result, (cart) => t.cart.added(added, lineNameOf(cart, variantId)))
}

/** Sets the quantity of a variant in the cart (0 removes it) and shows the cart. */
export const setQuantity = async (context: Context, variantId: string, quantity: number): Promise<Outcome> => {
  const { storefront, t } = context
  const result = await storefront.setCartLine(variantId, quantity)
  return cartLineOutcome(context, result, (cart) =>
    quantity === 0 ? t.cart.removed : t.cart.updated(quantity, lineNameOf(cart, variantId)),
  )
}
