import type { AppContext } from '../../context.ts'
import { oneOf, queryMerchant } from '../../db/merchant-query.ts'
import type { UnitOfWork } from '../../unit-of-work/unit-of-work.ts'
import { variantJson, withCurrency, type VariantRow, type WithoutCurrency } from '../catalog/queries.ts'
import { loadMerchant, merchantOf, type MerchantRow } from '../merchants/service.ts'

export type CartLineRow = { quantity: number; variant: VariantRow }
/** A cart at current prices. */
export type CartRow = { id: string; lines: CartLineRow[]; currency: string; locale: string }

type StoredLine = { customerId: string; quantity: number; variant: WithoutCurrency<VariantRow> }

const lines = (wanted: string): string => `
  SELECT c.customer_id AS "customerId", l.quantity, ${variantJson('l.variant_id')} AS variant
  FROM cart c JOIN cart_line l ON l.cart_id = c.id WHERE ${wanted} ORDER BY l.created_at, l.id`

/** A cart's id is its customer's id, so that a customer without a cart row has an empty cart with its final id. */
function cartOf(id: string, stored: readonly StoredLine[], merchant: MerchantRow): CartRow {
  const { currency, locale } = merchant
  const complete = withCurrency(merchant)
  return {
    id,
    currency,
    locale,
    lines: stored.map(({ quantity, variant }) => ({ quantity, variant: complete(variant) })),
  }
}

/** Carts by customer id. */
export async function loadCarts(
  app: AppContext,
  merchantId: string,
  customerIds: readonly string[],
): Promise<Map<string, CartRow>> {
  const merchant = await loadMerchant(app, merchantId)
  const [wanted, value] = oneOf('c.customer_id', customerIds)
  const stored = await queryMerchant<StoredLine>(app, merchantId, lines(wanted), [value])
  const linesOf = (id: string) => stored.filter(({ customerId }) => customerId === id.toLowerCase())
  return new Map(customerIds.map((id) => [id, cartOf(id, linesOf(id), merchant)]))
}

/** The cart as the unit of work has left it. Sends its statements before its first await. */
export async function readCart(unit: UnitOfWork, customerId: string): Promise<CartRow> {
  const reading = unit.tx.$queryRawUnsafe<StoredLine[]>(lines('c.customer_id = $1::uuid'), customerId)
  const merchant = await merchantOf(unit)
  return cartOf(customerId, await reading, merchant)
}
