import type { AppContext } from '../../context.ts'
import { oneOf, queryMerchant } from '../../db/merchant-query.ts'
import { loadVariants, type VariantRow } from '../catalog/queries.ts'
import { loadMerchant } from '../merchants/service.ts'

export type CartLineRow = { quantity: number; variant: VariantRow }
/** A cart at current prices. */
export type CartRow = { id: string; lines: CartLineRow[]; currency: string; locale: string }

type Stored = { customerId: string; variantId: string; quantity: number }

/**
 * Carts by customer id. A cart's id is its customer's id, so that a customer without a cart row has an empty cart with its
 * final id.
 */
export async function loadCarts(
  app: AppContext,
  merchantId: string,
  customerIds: readonly string[],
): Promise<Map<string, CartRow>> {
  const { currency, locale } = await loadMerchant(app, merchantId)
  const [wanted, value] = oneOf('c.customer_id', customerIds)
  const text = `SELECT c.customer_id AS "customerId", l.variant_id AS "variantId", l.quantity FROM cart c JOIN cart_line l ON l.cart_id = c.id
    WHERE ${wanted} ORDER BY l.created_at, l.id`
  const stored = await queryMerchant<Stored>(app, merchantId, text, [value])
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
