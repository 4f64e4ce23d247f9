import { choiceId } from '../choice-id.ts'
import type { Context, Outcome } from '../command.ts'
import { buttons } from '../replies/reply.ts'
import type { Cart, OutOfStockLine, SetCartLineResult } from '../storefront.ts'
import { MAX_QUANTITY } from './arguments.ts'
import { cartOutcome, lineTitle } from './cart-view.ts'

/**
 * The absolute quantity to set when `by` of a variant are added. On a replay the cart may already hold the quantity that
 * the lost attempt added: the cart is then `by` ahead of the stored state, and the same quantity is set again.
 */
export const decideQuantity = (seen: { live: number; remembered: number; by: number; attempt: number }): number =>
  seen.attempt > 1 && seen.live === seen.remembered + seen.by ? seen.live : seen.live + seen.by

/** A button that sets the line to the remaining stock, or removes it when there is none. */
export const takeRemaining = ({ t }: Context, line: OutOfStockLine): { id: string; title: string } => ({
  id: choiceId('quantity', line.variantId, Math.max(0, line.available)),
  title: line.available > 0 ? t.button.take(line.available, line.productName) : t.button.remove(line.productName),
})

const notEnough = (context: Context, lines: readonly OutOfStockLine[]): Outcome => {
  const { t } = context
  const choices = lines.filter((line) => line.available > 0).map((line) => takeRemaining(context, line))
  const body = lines.map((line) => t.cart.notEnough(line.productName, Math.max(0, line.available))).join('\n')
  const further = [
    { id: choiceId('browse'), title: t.button.moreProducts },
    { id: choiceId('cart'), title: t.button.viewCart },
  ]
  return { replies: [buttons(body, [...choices.slice(0, 1), ...further])] }
}

/** The reply to a changed line: the cart below a sentence that states the change, or the reason why it failed. */
export const changedOutcome = async (
  context: Context,
  result: SetCartLineResult,
  lead: (cart: Cart) => string,
): Promise<Outcome> => {
  if (result.__typename === 'Cart') return cartOutcome(context, result, lead(result))
  if (result.__typename === 'OutOfStockError') return notEnough(context, result.lines)
  const sentence = result.__typename === 'NotFoundError' ? context.t.browse.gone : context.t.cart.tooMany
  return cartOutcome(context, await context.storefront.cart(), sentence)
}

const nameIn = (cart: Cart, variantId: string): string => {
  const line = cart.lines.find((candidate) => candidate.variant.id === variantId)
  return line ? lineTitle(line) : ''
}

/** Adds `by` of a variant to the cart and shows the cart. */
export const addToCart = async (context: Context, variantId: string, by: number): Promise<Outcome> => {
  const { storefront, state, turn, t } = context
  const before = await storefront.cart()
  const live = before.lines.find((line) => line.variant.id === variantId)?.quantity ?? 0
  const quantity = decideQuantity({ live, remembered: state.cart[variantId] ?? 0, by, attempt: turn.attempt })
  if (quantity > MAX_QUANTITY) return cartOutcome(context, before, t.cart.tooMany)
  const result = await storefront.setCartLine(variantId, quantity)
  return changedOutcome(context, result, (cart) => t.cart.added(by, nameIn(cart, variantId)))
}

/** Sets the quantity of a variant in the cart (0 removes it) and shows the cart. */
export const setQuantity = async (context: Context, variantId: string, quantity: number): Promise<Outcome> => {
  const { storefront, t } = context
  const result = await storefront.setCartLine(variantId, quantity)
  return changedOutcome(context, result, (cart) =>
    quantity === 0 ? t.cart.removed : t.cart.updated(quantity, nameIn(cart, variantId)),
  )
}
