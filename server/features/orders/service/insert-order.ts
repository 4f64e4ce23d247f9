import { uuidv7 } from 'uuidv7'
import type { UnitOfWork } from '../../../unit-of-work/unit-of-work.ts'
import { empty, sql } from '../../../db/sql.ts'
import { deleteCartLines } from '../../carts/service.ts'
import { reserveStock } from '../../catalog/stock-statements.ts'
import { insertPayment, type NewPayment } from '../../payments/service/open-payment.ts'
import type { priceOrder, WantedLine } from '../pricing.ts'
import type { Checkout } from './place-order.ts'

/** The number of a merchant's first order. */
const FIRST_NUMBER = 1001

export type NewOrder = {
  orderId: string
  checkout: Checkout
  lines: readonly WantedLine[]
  amounts: ReturnType<typeof priceOrder>
  currency: string
  reservedUntil: Date
  payment: NewPayment
}

/**
 * Writes order, lines, payment, reservations, stock and number in one statement, and empties the cart of an order that has no
 * lines of its own. The caller has locked the variants, and the cart.
 */
export async function insertOrder(
  { tx, merchantId }: UnitOfWork,
  { orderId, checkout, lines, amounts, currency, reservedUntil, payment }: NewOrder,
): Promise<{ number: number; placedAt: Date }> {
  const { customerId, fulfilment, paymentMethod, note } = checkout
  const address = fulfilment === 'DELIVERY' ? (checkout.address ?? null) : null
  const ordered = JSON.stringify(lines.map((line, position) => ({ ...line, id: uuidv7(), position })))
  const rows = await tx.$queryRaw<{ number: number; placedAt: Date }[]>`
    WITH ordered_line AS (
      SELECT * FROM jsonb_to_recordset(${ordered}::jsonb) AS line
        (id uuid, position int, "variantId" uuid, sku text, "productName" text, "variantName" text, price bigint, quantity int)
    ), next_number AS (
      INSERT INTO order_counter (merchant_id, last) VALUES (${merchantId}::uuid, ${FIRST_NUMBER})
      ON CONFLICT (merchant_id) DO UPDATE SET last = order_counter.last + 1 RETURNING last
    ), inserted_order AS (
      INSERT INTO "order" (id, merchant_id, number, customer_id, fulfilment, payment_method, address, note, currency,
        subtotal, delivery_fee, total, reserved_until, updated_at)
      SELECT ${orderId}::uuid, ${merchantId}::uuid, last, ${customerId}::uuid, ${fulfilment}::fulfilment, ${paymentMethod}::payment_method,
        ${address}, ${note ?? ''}, ${currency}, ${amounts.subtotal}::bigint, ${amounts.deliveryFee}::bigint, ${amounts.total}::bigint,
        ${reservedUntil}::timestamptz, now()
      FROM next_number RETURNING number, placed_at
    ), inserted_line AS (
      INSERT INTO order_line (id, merchant_id, order_id, position, variant_id, sku, product_name, variant_name, unit_price, quantity, total)
      SELECT id, ${merchantId}::uuid, ${orderId}::uuid, position, "variantId", sku, "productName", "variantName", price, quantity, price * quantity
      FROM ordered_line
    ), inserted_payment AS (${insertPayment(merchantId, payment)}
    ), inserted_reservation AS (
      INSERT INTO stock_reservation (id, merchant_id, variant_id, order_id, quantity, expires_at, updated_at)
      SELECT gen_random_uuid(), ${merchantId}::uuid, "variantId", ${orderId}::uuid, quantity, ${reservedUntil}::timestamptz, now() FROM ordered_line
    ), reserved_variant AS (${reserveStock('ordered_line')}
    )${checkout.lines ? empty : sql`, deleted_cart_line AS (${deleteCartLines(customerId)})`}
    SELECT number, placed_at AS "placedAt" FROM inserted_order`
  if (!rows[0]) throw new Error(`Order ${orderId} was not written`)
  return rows[0]
}
