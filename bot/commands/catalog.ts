import * as z from 'zod'
import { choiceId } from '../choice-id.ts'
import type { Context, Outcome } from '../command.ts'
import { defineCommand } from '../command.ts'
import { limits } from '../replies/limits.ts'
import { list } from '../replies/reply.ts'
import { cursor, id, quantity } from './arguments.ts'
import { PRODUCTS_A_PAGE, productReply, productsReply } from './catalog-view.ts'
import { menuReply } from './menu.ts'

const showProducts = async (context: Context, categoryId?: string, after?: string): Promise<Outcome> => {
  const page = await context.storefront.products({ first: PRODUCTS_A_PAGE, categoryId, after })
  if (page.items.length === 0) return { replies: [menuReply(context, context.t.browse.empty)] }
  const more = (next: string) => (categoryId ? choiceId('category', categoryId, next) : choiceId('all', next))
  return { replies: [productsReply(context, page, { body: context.t.browse.products, more })] }
}

/** Lists the shop's categories; lists the products at once when there is only one category or none. */
export const browse = defineCommand({
  name: 'browse',
  args: z.tuple([cursor.optional()]),
  words: {
    en: 'browse, products, shop, catalog, catalogue, buy, order, browse products, show products, see products, what do you have, what do you sell, keep shopping, categories, price list, prices',
    fr: 'produits, voir les produits, catalogue, boutique, acheter, que vendez vous, qu avez vous, qu est ce que vous avez, continuer mes achats, rayons, prix, tarifs, carte',
    pt: 'produtos, ver produtos, ver os produtos, catalogo, loja, comprar, o que voces tem, o que tem, o que vendem, continuar comprando, categorias, precos, lista de precos, cardapio',
    es: 'productos, ver productos, catalogo, comprar, tienda, pedir, que tienen, que tienes, que venden, que hay, seguir comprando, categorias, precios, lista de precios, carta',
  },
  run: async (context, after) => {
    const { t, turn, storefront } = context
    const page = await storefront.categories({ first: limits.rows - 2, after })
    if (after === undefined && page.items.length <= 1) return showProducts(context)
    const rows = page.items.map((category) => ({ id: choiceId('category', category.id), title: category.name }))
    rows.push({ id: choiceId('all'), title: t.row.allProducts })
    if (page.next !== null) rows.push({ id: choiceId('browse', page.next), title: t.row.more })
    const sections = [{ title: t.browse.categorySection, rows }]
    return { replies: [list(t.browse.categories(turn.merchant.name), { button: t.button.seeCategories, sections })] }
  },
})

/** Shows the products of one category, page by page. */
export const category = defineCommand({
  name: 'category',
  args: z.tuple([id, cursor.optional()]),
  run: showProducts,
})

/** Shows all products, page by page. */
export const all = defineCommand({
  name: 'all',
  args: z.tuple([cursor.optional()]),
  words: {
    en: 'all products, everything, all',
    es: 'todos los productos, todo',
    fr: 'tous les produits, tout',
    pt: 'todos os produtos, tudo',
  },
  run: (context, after) => showProducts(context, undefined, after),
})

/** Shows one product with its image, price and stock; `count` is the quantity that its button adds. */
export const product = defineCommand({
  name: 'product',
  args: z.tuple([id, quantity.optional()]),
  run: async (context, productId, count) => {
    const found = await context.storefront.product(productId)
    if (found) return { replies: [productReply(context, found, count)] }
    const page = await context.storefront.products({ first: PRODUCTS_A_PAGE })
    if (page.items.length === 0) return { replies: [menuReply(context, context.t.browse.gone)] }
    const more = (next: string) => choiceId('all', next)
    return { replies: [productsReply(context, page, { body: context.t.browse.gone, more })] }
  },
})
