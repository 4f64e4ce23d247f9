import { choiceId } from '../choice-id.ts'
import type { Context } from '../command.ts'
import type { Choice, Reply, Row } from '../replies/reply.ts'
import { buttons, list } from '../replies/reply.ts'
import { limits } from '../replies/limits.ts'
import { truncate } from '../replies/truncate.ts'
import type { Page, Product, Variant } from '../storefront.ts'

/** Stock below this number is shown to the customer. */
const FEW = 5
const MAX_DESCRIPTION = 600

/** Page size: with the row for the next page, a page fills a list. */
export const PRODUCTS_A_PAGE = limits.rows - 1

type Named = { name: string }

/** `Latte`, or `Latte, large` for a product with several variants. */
export const variantTitle = (product: Named, variant: Named): string =>
  variant.name === '' ? product.name : `${product.name}, ${variant.name}`

const priceLabel = ({ t }: Context, product: Product): string => {
  const cheapest = product.variants.toSorted((a, b) => a.price.amount - b.price.amount)[0]
  if (!cheapest) return ''
  return product.variants.length === 1 ? cheapest.price.formatted : t.browse.from(cheapest.price.formatted)
}

const stockLabel = ({ t }: Context, available: number): string => {
  if (available <= 0) return t.browse.soldOutNow
  return available < FEW ? t.browse.fewLeft(available) : t.browse.inStock
}

const soldOut = (product: Product): boolean => product.variants.every((variant) => variant.available <= 0)

const productRow = (context: Context, product: Product, count: number | undefined): Row => {
  const about = [soldOut(product) ? context.t.browse.soldOut : priceLabel(context, product), product.description]
  return {
    id: count === undefined ? choiceId('product', product.id) : choiceId('product', product.id, count),
    title: product.name,
    description: about.filter((part) => part !== '').join(' · '),
  }
}

/** A page of products as a list. `more` is the choice that shows the next page; `count` is the requested quantity. */
export const productsReply = (
  context: Context,
  page: Page<Product>,
  { body, more, count }: { body: string; more: (cursor: string) => string; count?: number | undefined },
): Reply => {
  const { t } = context
  const rows = page.items.map((product) => productRow(context, product, count))
  if (page.next !== null) rows.push({ id: more(page.next), title: t.row.more, description: t.row.moreHint })
  return list(body, { button: t.button.seeProducts, sections: [{ title: t.browse.section, rows }] })
}

const variantLine = (context: Context, variant: Variant): string =>
  `• ${variant.name}: *${variant.price.formatted}* · ${stockLabel(context, variant.available)}`

const addChoice = (variant: Variant, title: string, count: number): Choice => ({
  id: count === 1 ? choiceId('add', variant.id) : choiceId('add', variant.id, count),
  title,
})

/**
 * One product in one message: an image with buttons when three buttons suffice, else a list of its variants (WhatsApp
 * lists have no image). `count` is the quantity that each choice adds.
 */
export const productReply = (context: Context, product: Product, count = 1): Reply => {
  const { t } = context
  const about = truncate(product.description, MAX_DESCRIPTION)
  const more: Choice = { id: choiceId('browse'), title: t.button.moreProducts }
  const cart: Choice = { id: choiceId('cart'), title: t.button.viewCart }
  const [only, ...others] = product.variants
  if (!only || soldOut(product)) {
    const body = [`*${product.name}*`, about, t.browse.soldOutNow].filter(Boolean).join('\n')
    return buttons(body, [more, cart], { imageUrl: product.imageUrl })
  }
  if (others.length === 0) {
    const price = `*${only.price.formatted}* · ${stockLabel(context, only.available)}`
    const body = [`*${product.name}*`, price, about].filter(Boolean).join('\n')
    const title = count === 1 ? t.button.add : `${t.button.add} ×${count}`
    return buttons(body, [addChoice(only, title, count), more, cart], { imageUrl: product.imageUrl })
  }
  const sellable = product.variants.filter((variant) => variant.available > 0)
  if (product.variants.length <= limits.buttons) {
    const lines = product.variants.map((variant) => variantLine(context, variant))
    const body = [`*${product.name}*`, about, '', ...lines, '', t.browse.chooseVariant].join('\n')
    const choices = sellable.map((variant) => addChoice(variant, variant.name || product.name, count))
    return buttons(body, [...choices, more], { imageUrl: product.imageUrl })
  }
  const rows = sellable.slice(0, limits.rows - 1).map((variant) => ({
    ...addChoice(variant, variant.name || product.name, count),
    description: `${variant.price.formatted} · ${stockLabel(context, variant.available)}`,
  }))
  const body = [`*${product.name}*`, priceLabel(context, product), about, '', t.browse.chooseVariant].join('\n')
  return list(body, {
    button: t.button.choose,
    sections: [{ title: t.browse.section, rows: [...rows, { ...more, description: t.row.browse }] }],
  })
}
