import type { AppContext } from '../../context.ts'
import { oneOf, queryShop } from '../../db/shop-query.ts'
import { loadVariants, type VariantRow } from '../catalog/queries.ts'
import { loadShop } from '../merchants/service.ts'

export type CartLineRow = { quantity: number; variant: VariantRow }
/** A cart at today's prices. */
export type CartRow = { id: string; lines: CartLineRow[]; currency: string; locale: string }

type Stored = { customerId: string; variantId: string; quantity: number }

/**
 * The carts of customers, by customer id. A cart carries its customer's id as its own, so that the empty cart of a
 * customer who never had one is already the cart they will have.
 */
export async function loadCarts(
  app: AppContext,
  merchantId: string,
  customerIds: readonly string[],
): Promise<Map<string, CartRow>> {
  const { currency, locale } = await loadShop(app, merchantId)
  const [wanted, value] = oneOf('c.customer_id', customerIds)
  const text = `SELECT c.customer_id AS "customerId", l.variant_id AS "variantId", l.quantity FROM cart c JOIN cart_line l ON l.cart_id = c.id
    WHERE ${wanted} ORDER BY l.created_at, l.id`
  const stored = await queryShop<Stored>(app, merchantId, text, [value])
  const variantIds = [...new Set(stored.map((line) => line.variantId))]
  const variants = new Map(
    (variantIds.length > 0 ? await loadVariants(app, merchantId, variantIds) : []).map((row) => [row.id, row]),
  )
  const carts = new Map(customerIds.map((id): [string, CartRow] => [id, { id, lines: [], currency, locale }]))
  for (const { customerId, variantId, quantity } of stored) {
    const variant = variants.get(variantId)
    if (variant) carts.get(customerId)?.lines.push({ quantity, variant })
  }
  return carts
}
