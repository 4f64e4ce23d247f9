import { uuidv7 } from 'uuidv7'
import { z } from 'zod'
import type { Authorized } from '../../../auth/actor.ts'
import type { AppContext } from '../../../context.ts'
import { once } from '../../../unit-of-work/idempotency.ts'
import { withTenant, type Tx, type UnitOfWork } from '../../../unit-of-work/unit-of-work.ts'
import { parseInput, ValidationError } from '../../../errors.ts'
import { PaymentMethod } from '../../../generated/prisma/enums.ts'
import { deleteCartLines } from '../../carts/service.ts'
import { stockLow } from '../../catalog/events.ts'
import { reserveStock } from '../../catalog/stock-statements.ts'
import { availableOf, crossesThreshold, OutOfStockError } from '../../catalog/stock.ts'
import { assertMayActFor, noCustomer } from '../../customers/service.ts'
import { loadMerchant, type MerchantRow } from '../../merchants/service.ts'
import { isInAdvance } from '../../payments/domain.ts'
import { assertOffered } from '../../payments/providers/registry.ts'
import { insertPayment, planPayment, type NewPayment } from '../../payments/service/open-payment.ts'
import { beginOrderPayment } from '../../payments/service/begin-checkout.ts'
import { sendOrderNotice } from '../../notices/order-notices.ts'
import { orderCreated } from '../events.ts'
import { EmptyCartError, PriceChangedError, priceOrder, shortagesOf, type WantedLine } from '../pricing.ts'
import { findOrder, type OrderRow } from '../queries.ts'

const checkoutInput = z.object({
  customerId: z.string(),
  fulfilment: z.enum(['DELIVERY', 'PICKUP']),
  paymentMethod: z.enum(PaymentMethod),
  address: z.string().trim().max(500, 'must be at most 500 characters').nullish(),
  note: z.string().trim().max(500, 'must be at most 500 characters').nullish(),
  expectedTotal: z.number().int().min(0).nullish(),
})
type Checkout = z.output<typeof checkoutInput>
export type PlaceOrder = z.input<typeof checkoutInput> & { idempotencyKey?: string | null | undefined }

/**
 * Places an order from the customer's cart at current prices, reserves its stock until the merchant's time to accept ends, and
 * empties the cart.
 *
 * @throws NotFoundError, ValidationError, EmptyCartError, OutOfStockError with every short line, PriceChangedError.
 */
export async function placeOrder(
  app: AppContext,
  actor: Authorized<'orders:write'>,
  { idempotencyKey: key, ...input }: PlaceOrder,
): Promise<OrderRow> {
  const checkout = parseInput(checkoutInput, input)
  assertMayActFor(actor, checkout.customerId)
  const merchant = await loadMerchant(app, actor.merchantId)
  assertReachable(checkout, merchant)
  assertOffered(app.config, merchant, { method: checkout.paymentMethod, path: 'input.paymentMethod' })
  const orderId = await withTenant(app, actor, (unit) =>
    once(unit, { key, operation: 'placeOrder', input }, () => placeOnce(unit, checkout, merchant)),
  )
  if (isInAdvance(checkout.paymentMethod)) await beginOrderPayment(app, actor.merchantId, orderId)
  const order = await findOrder(app, actor.merchantId, orderId)
  if (!order) throw new Error(`Order ${orderId} was placed but cannot be read`)
  return order
}

function assertReachable({ fulfilment, address }: Checkout, { pickupAddress }: MerchantRow): void {
  if (fulfilment === 'DELIVERY' && (address ?? '').length < 5) {
    throw new ValidationError([
      { path: 'input.address', message: 'is required for a delivery and must have at least 5 characters' },
    ])
  }
  if (fulfilment === 'PICKUP' && !pickupAddress) {
    throw new ValidationError([{ path: 'input.fulfilment', message: 'This shop offers no pick-up. Choose delivery.' }])
  }
}

async function placeOnce(unit: UnitOfWork, checkout: Checkout, merchant: MerchantRow): Promise<string> {
  const lines = await lockCart(unit.tx, checkout.customerId)
  if (lines.length === 0) {
    const customer = await unit.tx.customer.findUnique({ where: { id: checkout.customerId }, select: { id: true } })
    throw customer ? new EmptyCartError() : noCustomer()
  }
  const shortages = shortagesOf(lines)
  if (shortages.length > 0) throw new OutOfStockError(shortages)
  const amounts = priceOrder(lines, checkout.fulfilment === 'DELIVERY' ? merchant.deliveryFee : 0)
  const { currency, locale } = merchant
  if (checkout.expectedTotal != null && checkout.expectedTotal !== amounts.total)
    throw new PriceChangedError({ amount: amounts.total, currency, locale })

  const orderId = uuidv7()
  const reservedUntil = new Date(Date.now() + merchant.orderAcceptMinutes * 60_000)
  const payment = planPayment(unit.app.config, {
    orderId,
    method: checkout.paymentMethod,
    amount: amounts.total,
    currency,
    dueMinutes: merchant.paymentDueMinutes,
  })
  const number = await insertOrder(unit, { orderId, checkout, lines, amounts, currency, reservedUntil, payment })
  unit.emit(
    orderCreated.draft(orderId, {
      orderId,
      number,
      customerId: checkout.customerId,
      status: 'PENDING',
      fulfilment: checkout.fulfilment,
      total: { amount: amounts.total, currency },
      lines: lines.map(({ sku, productName, variantName, quantity, price }) => ({
        sku,
        productName,
        variantName,
        quantity,
        unitPrice: price,
      })),
      reservedUntil: reservedUntil.toISOString(),
    }),
  )
  for (const line of lines) {
    const { variantId, sku, productName } = line
    const available = availableOf(line) - line.quantity
    if (crossesThreshold(availableOf(line), available, merchant.lowStockThreshold)) {
      unit.emit(stockLow.draft(variantId, { variantId, sku, productName, available }))
    }
  }
  unit.audit({ action: 'order.place', subjectId: orderId })
  // The bot itself confirms orders that it places in the chat.
  if (unit.actor.kind !== 'BOT')
    await sendOrderNotice(unit, { notice: 'order_received', orderId, customerId: checkout.customerId })
  return orderId
}

/**
 * Locks the cart, its lines and, in id order, their variants, and reads them under the locks. The next statement reserves the
 * stock: a statement that did both would decide by rows read before it waited.
 */
const lockCart = (tx: Tx, customerId: string): Promise<WantedLine[]> => tx.$queryRaw<WantedLine[]>`
  SELECT v.id AS "variantId", v.sku, p.name AS "productName", v.name AS "variantName", v.price::float8 AS price, l.quantity,
    v.on_hand AS "onHand", v.reserved, (v.archived_at IS NOT NULL OR p.archived_at IS NOT NULL) AS archived
  FROM cart c JOIN cart_line l ON l.cart_id = c.id JOIN variant v ON v.id = l.variant_id JOIN product p ON p.id = v.product_id
  WHERE c.customer_id = ${customerId}::uuid ORDER BY v.id FOR UPDATE OF c, l FOR NO KEY UPDATE OF v`

/** The number of a merchant's first order. */
const FIRST_NUMBER = 1001

type NewOrder = {
  orderId: string
  checkout: Checkout
  lines: readonly WantedLine[]
  amounts: ReturnType<typeof priceOrder>
  currency: string
  reservedUntil: Date
  payment: NewPayment
}

/** Writes order, lines, payment, reservations, stock, number and cart in one statement; returns the order's number. */
async function insertOrder(
  { tx, merchantId }: UnitOfWork,
  { orderId, checkout, lines, amounts, currency, reservedUntil, payment }: NewOrder,
): Promise<number> {
  const { customerId, fulfilment, paymentMethod, note } = checkout
  const address = fulfilment === 'DELIVERY' ? (checkout.address ?? null) : null
  const ordered = JSON.stringify(lines.map((line, position) => ({ ...line, id: uuidv7(), position })))
  const rows = await tx.$queryRaw<{ number: number }[]>`
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
      FROM next_number RETURNING number
    ), inserted_line AS (
      INSERT INTO order_line (id, merchant_id, order_id, position, variant_id, sku, product_name, variant_name, unit_price, quantity, total)
      SELECT id, ${merchantId}::uuid, ${orderId}::uuid, position, "variantId", sku, "productName", "variantName", price, quantity, price * quantity
      FROM ordered_line
    ), inserted_payment AS (${insertPayment(merchantId, payment)}
    ), inserted_reservation AS (
      INSERT INTO stock_reservation (id, merchant_id, variant_id, order_id, quantity, expires_at, updated_at)
      SELECT gen_random_uuid(), ${merchantId}::uuid, "variantId", ${orderId}::uuid, quantity, ${reservedUntil}::timestamptz, now() FROM ordered_line
    ), reserved_variant AS (${reserveStock('ordered_line')}
    ), deleted_cart_line AS (${deleteCartLines(customerId)}
    )
    SELECT number FROM inserted_order`
  if (!rows[0]) throw new Error(`Order ${orderId} was not written`)
  return rows[0].number
}
