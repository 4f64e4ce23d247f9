import type { Context } from '../command.ts'
import { defineCommand } from '../command.ts'
import type { Variant } from '../storefront.ts'
import { MAX_QUANTITY, none } from './arguments.ts'
import { cartOutcome } from './cart-view.ts'

const MAX_ITEMS = 30
const PAGE = 25
const MAX_PAGES = 12

// The API has no look-up by SKU, so the pages of the catalog are read until every SKU is found.
const findVariants = async (context: Context, skus: ReadonlySet<string>): Promise<Map<string, Variant>> => {
  const found = new Map<string, Variant>()
  let after: string | undefined
  for (let page = 0; page < MAX_PAGES && found.size < skus.size; page += 1) {
    const { items, next } = await context.storefront.products({ first: PAGE, after })
    for (const variant of items.flatMap((product) => product.variants))
      if (skus.has(variant.sku)) found.set(variant.sku, variant)
    if (next === null) break
    after = next
  }
  return found
}

/**
 * Copies a cart that the customer sent from WhatsApp's native catalog. Quantities are absolute, so a replay sets the same
 * ones again. Prices in the message are ignored.
 */
export const catalogCart = defineCommand({
  name: 'catalog-cart',
  args: none,
  run: async (context) => {
    const { t, turn, storefront } = context
    const wanted = new Map<string, number>()
    for (const { sku, quantity } of turn.message.kind === 'cart' ? turn.message.items.slice(0, MAX_ITEMS) : []) {
      wanted.set(sku, Math.min(MAX_QUANTITY, (wanted.get(sku) ?? 0) + Math.max(1, Math.trunc(quantity) || 1)))
    }
    const variants = await findVariants(context, new Set(wanted.keys()))
    const problems: string[] = []
    let missing = 0
    for (const [sku, quantity] of wanted) {
      const variant = variants.get(sku)
      const result = variant ? await storefront.setCartLine(variant.id, quantity) : null
      if (result === null || result.__typename === 'NotFoundError') missing += 1
      else if (result.__typename === 'ValidationError') problems.push(t.cart.tooMany)
      else if (result.__typename === 'OutOfStockError') {
        problems.push(...result.lines.map((line) => t.cart.notEnough(line.productName, Math.max(0, line.available))))
      }
    }
    if (missing > 0) problems.push(t.cart.unknownItems(missing))
    return cartOutcome(context, await storefront.cart(), [t.cart.received, ...problems.slice(0, 5)].join('\n'))
  },
})
