import type { Context } from '../command.ts'
import { defineCommand } from '../command.ts'
import { text } from '../replies/reply.ts'
import { truncate } from '../replies/truncate.ts'
import type { RefusedLine, RequestedLine } from '../storefront.ts'
import type { Incoming } from '../turn.ts'
import { none } from './arguments.ts'
import { cartOutcome } from './cart-view.ts'
import { variantTitle } from './catalog-view.ts'

/** The API's limits of one request. */
const MAX_LINES = 100
const MAX_REQUESTED = 1_000_000
/** So many sentences fit into one message. */
const MAX_SENTENCES = 25
const MAX_NAME = 60

const requestedLines = (message: Incoming): RequestedLine[] => {
  const sums = new Map<string, number>()
  for (const { sku, quantity } of message.kind === 'cart' ? message.items : [])
    sums.set(sku, Math.min(MAX_REQUESTED, (sums.get(sku) ?? 0) + Math.max(1, Math.trunc(quantity) || 1)))
  return [...sums].map(([sku, quantity]) => ({ sku, quantity }))
}

const nameOf = ({ productName, variantName, sku }: RefusedLine): string =>
  truncate(
    productName === null ? (sku ?? '') : variantTitle({ name: productName }, { name: variantName ?? '' }),
    MAX_NAME,
  )

/** A sentence for each line that the cart did not take, and one for all that are unknown or were too many. */
const refusalSentences = ({ t }: Context, refused: readonly RefusedLine[], omitted: number): string[] => {
  const sentences: string[] = []
  let unknown = 0
  let tooMany = omitted
  for (const line of refused) {
    if (line.reason === 'UNKNOWN') unknown += 1
    else if (line.reason === 'CART_FULL') tooMany += 1
    else if (line.reason === 'NOT_ON_SALE') sentences.push(t.cart.notOnSale(nameOf(line)))
    else if (line.reason === 'ABOVE_LIMIT') sentences.push(t.cart.tooManyOf(nameOf(line), line.requested))
    else sentences.push(t.cart.notEnough(nameOf(line), line.available))
  }
  const shown = sentences.slice(0, MAX_SENTENCES)
  if (sentences.length > shown.length) shown.push(t.cart.hidden(sentences.length - shown.length))
  if (unknown > 0) shown.push(t.cart.unknownItems(unknown))
  if (tooMany > 0) shown.push(t.cart.full(tooMany))
  return shown
}

/**
 * Takes a cart that the customer sent from WhatsApp's native catalog: its lines replace those of the cart, and prices in the
 * message are ignored. A message of its own says which lines were not taken and why, so that the total is never cut off.
 */
export const catalogCart = defineCommand({
  name: 'catalog-cart',
  args: none,
  run: async (context) => {
    const { t, turn, storefront } = context
    const lines = requestedLines(turn.message)
    const result = lines.length > 0 ? await storefront.setCartLines(lines.slice(0, MAX_LINES)) : null
    if (result?.__typename !== 'FilledCart') return cartOutcome(context, await storefront.cart(), t.cart.nothingTaken)
    const { cart, refused } = result
    const omitted = Math.max(0, lines.length - MAX_LINES)
    const isTaken = lines.length - omitted > refused.length
    const shown = cartOutcome(context, cart, isTaken ? t.cart.received : t.cart.nothingTaken)
    const sentences = refusalSentences(context, refused, omitted)
    return sentences.length === 0 ? shown : { ...shown, replies: [text(sentences.join('\n')), ...shown.replies] }
  },
})
