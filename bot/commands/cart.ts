import * as z from 'zod'
import { choiceId } from '../choice-id.ts'
import { defineCommand } from '../command.ts'
import { limits } from '../replies/limits.ts'
import type { Row } from '../replies/reply.ts'
import { list } from '../replies/reply.ts'
import { id, MAX_QUANTITY, none, quantity as quantityArgument } from './arguments.ts'
import { addToCart, setQuantity } from './cart-change.ts'
import { cartOutcome, lineTitle } from './cart-view.ts'

// One row empties the cart, and one may open the next page.
const LINES_A_PAGE = limits.rows - 2

/** Shows the cart. */
export const cart = defineCommand({
  name: 'cart',
  args: none,
  words: {
    en: 'cart, basket, my cart, view cart, show cart, my basket, shopping cart, what is in my cart',
    fr: 'panier, mon panier, voir le panier, voir mon panier, le panier',
    pt: 'carrinho, meu carrinho, ver carrinho, ver o carrinho, ver meu carrinho, cesta',
    es: 'carrito, mi carrito, ver carrito, cesta, mi cesta, ver mi carrito, que hay en mi carrito',
  },
  run: async (context) => cartOutcome(context, await context.storefront.cart()),
})

/** Adds a variant to the cart. */
export const add = defineCommand({
  name: 'add',
  args: z.tuple([id, quantityArgument.optional()]),
  run: (context, variantId, count) => addToCart(context, variantId, Math.max(1, count ?? 1)),
})

/** Sets the quantity of a variant in the cart. */
export const quantity = defineCommand({
  name: 'quantity',
  args: z.tuple([id, quantityArgument]),
  run: setQuantity,
})

/** Asks which line to change. */
export const changeCart = defineCommand({
  name: 'change-cart',
  args: z.tuple([z.coerce.number().int().min(0).max(1000).optional()]),
  words: {
    en: 'change cart, edit cart, change my cart',
    fr: 'modifier le panier, modifier mon panier, changer le panier',
    pt: 'mudar carrinho, mudar o carrinho, alterar carrinho, editar carrinho',
    es: 'cambiar carrito, editar carrito, cambiar mi carrito',
  },
  run: async (context, from = 0) => {
    const { t, storefront } = context
    const current = await storefront.cart()
    const lines = current.lines.slice(from, from + LINES_A_PAGE)
    if (lines.length === 0) return cartOutcome(context, current)
    const rows: Row[] = lines.map((line) => ({
      id: choiceId('line', line.variant.id),
      title: lineTitle(line),
      description: `${line.quantity} × ${line.variant.price.formatted}`,
    }))
    if (from + LINES_A_PAGE < current.lines.length) {
      rows.push({ id: choiceId('change-cart', from + LINES_A_PAGE), title: t.row.more, description: t.row.moreHint })
    }
    rows.push({ id: choiceId('clear-cart'), title: t.row.clearCart, description: t.row.clearCartHint })
    return { replies: [list(t.cart.pickLine, { button: t.button.choose, sections: [{ title: t.button.cart, rows }] })] }
  },
})

/** Offers one more, one less, none, or a number typed next. Rows carry absolute quantities, so a second tap is harmless. */
export const line = defineCommand({
  name: 'line',
  args: z.tuple([id]),
  run: async (context, variantId) => {
    const { t, storefront } = context
    const current = await storefront.cart()
    const found = current.lines.find((candidate) => candidate.variant.id === variantId)
    if (!found) return cartOutcome(context, current, t.cart.lineGone)
    const to = (count: number, title: string): Row => ({
      id: choiceId('quantity', variantId, count),
      title,
      description: t.row.nowQuantity(count),
    })
    const rows: Row[] = []
    if (found.quantity < MAX_QUANTITY) rows.push(to(found.quantity + 1, `➕ ${t.row.plusOne}`))
    if (found.quantity > 1) rows.push(to(found.quantity - 1, `➖ ${t.row.minusOne}`))
    rows.push({ id: choiceId('quantity', variantId, 0), title: `🗑️ ${t.row.removeLine}` })
    rows.push({ id: choiceId('cart'), title: t.button.viewCart })
    const body = t.cart.lineQuestion(lineTitle(found), found.quantity)
    return {
      replies: [list(body, { button: t.button.choose, sections: [{ title: t.button.cart, rows }] })],
      expecting: { command: 'quantity', args: [variantId] },
    }
  },
})

/** Empties the cart. */
export const clearCart = defineCommand({
  name: 'clear-cart',
  args: none,
  words: {
    en: 'clear, empty cart, clear cart, empty my cart, clear my cart, empty the cart',
    fr: 'vider, vider le panier, vider mon panier',
    pt: 'esvaziar, esvaziar carrinho, esvaziar o carrinho, limpar carrinho, limpar o carrinho',
    es: 'vaciar, vaciar carrito, vaciar el carrito, vaciar mi carrito, borrar carrito',
  },
  run: async (context) => cartOutcome(context, await context.storefront.clearCart(), context.t.cart.cleared),
})
