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
import { loadShop, type Shop } from '../../merchants/service.ts'
import { isInAdvance } from '../../payments/domain.ts'
import { assertOffered } from '../../payments/providers/registry.ts'
import { insertPayment, planPayment, type NewPayment } from '../../payments/service/open-payment.ts'
import { beginOrderPayment } from '../../payments/service/begin-checkout.ts'
import { sendOrderNotice } from '../../notices/order-notices.ts'
import { orderCreated } from '../events.ts'
import { EmptyCartError, PriceChangedError, priceOrder, shortagesOf, type WantedLine } from '../pricing.ts'
import { findOrder, type OrderRow } from '../queries.ts'

const checkout = z.object({
  customerId: z.string(),
  fulfilment: z.enum(['DELIVERY', 'PICKUP']),
  paymentMethod: z.enum(PaymentMethod),
  address: z.string().trim().max(500, 'must be at most 500 characters').nullish(),
  note: z.string().trim().max(500, 'must be at most 500 characters').nullish(),
  expectedTotal: z.number().int().min(0).nullish(),
})
type Checkout = z.output<typeof checkout>
export type PlaceOrder = z.input<typeof checkout> & { idempotencyKey?: string | null | undefined }

/**
 * Turns the customer's cart into an order at today's prices, holds its stock until the shop must have answered, and
 * empties the cart.
 *
 * @throws NotFoundError, ValidationError, EmptyCartError, OutOfStockError naming every short line, PriceChangedError.
 */
export async function placeOrder(
  app: AppContext,
  actor: Authorized<'orders:write'>,
  { idempotencyKey: key, ...input }: PlaceOrder,
): Promise<OrderRow> {
  const wish = parseInput(checkout, input)
  assertMayActFor(actor, wish.customerId)
  const shop = await loadShop(app, actor.merchantId)
  assertReachable(wish, shop)
  assertOffered(app.config, shop, { method: wish.paymentMethod, path: 'input.paymentMethod' })
  const orderId = await withTenant(app, actor, (unit) =>
    once(unit, { key, operation: 'placeOrder', input }, () => place(unit, wish, shop)),
  )
  if (isInAdvance(wish.paymentMethod)) await beginOrderPayment(app, actor.merchantId, orderId)
  const order = await findOrder(app, actor.merchantId, orderId)
  if (!order) throw new Error(`Order ${orderId} was placed but cannot be read`)
  return order
}

function assertReachable({ fulfilment, address }: Checkout, { pickupAddress }: Shop): void {
  if (fulfilment === 'DELIVERY' && (address ?? '').length < 5) {
    throw new ValidationError([
      { path: 'input.address', message: 'is needed for a delivery, with at least 5 characters' },
    ])
  }
  if (fulfilment === 'PICKUP' && !pickupAddress) {
    throw new ValidationError([{ path: 'input.fulfilment', message: 'this shop offers no pick-up; choose DELIVERY' }])
  }
}

async function place(unit: UnitOfWork, wish: Checkout, shop: Shop): Promise<string> {
  const lines = await lockCart(unit.tx, wish.customerId)
  if (lines.length === 0) {
    const customer = await unit.tx.customer.findUnique({ where: { id: wish.customerId }, select: { id: true } })
    throw customer ? new EmptyCartError() : noCustomer()
  }
  const shortages = shortagesOf(lines)
  if (shortages.length > 0) throw new OutOfStockError(shortages)
  const amounts = priceOrder(lines, wish.fulfilment === 'DELIVERY' ? shop.deliveryFee : 0)
  const { currency, locale } = shop
  if (wish.expectedTotal != null && wish.expectedTotal !== amounts.total)
    throw new PriceChangedError({ amount: amounts.total, currency, locale })

  const orderId = uuidv7()
  const reservedUntil = new Date(Date.now() + shop.orderAcceptMinutes * 60_000)
  const payment = planPayment(unit.app.config, {
    orderId,
    method: wish.paymentMethod,
    amount: amounts.total,
    currency,
    dueMinutes: shop.paymentDueMinutes,
  })
  const number = await write(unit, { orderId, wish, lines, amounts, currency, reservedUntil, payment })
  unit.emit(
    orderCreated.draft(orderId, {
      orderId,
      number,
      customerId: wish.customerId,
      status: 'PENDING',
      fulfilment: wish.fulfilment,
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
    if (crossesThreshold(availableOf(line), available, shop.lowStockThreshold)) {
      unit.emit(stockLow.draft(variantId, { variantId, sku, productName, available }))
    }
  }
  unit.audit({ action: 'order.place', subjectId: orderId })
  // What the customer orders in the chat, the bot confirms there.
  if (unit.actor.kind !== 'BOT')
    await sendOrderNotice(unit, { notice: 'order_received', orderId, customerId: wish.customerId })
  return orderId
}

/**
 * Locks the cart, its lines, and their variants in id order, and reads them as they are once locked. The stock is taken
 * in the next statement: one that locks and takes would judge by what it saw before it waited.
 */
const lockCart = (tx: Tx, customerId: string): Promise<WantedLine[]> => tx.$queryRaw<WantedLine[]>`
  SELECT v.id AS "variantId", v.sku, p.name AS "productName", v.name AS "variantName", v.price::float8 AS price, l.quantity,
    v.on_hand AS "onHand", v.reserved, (v.archived_at IS NOT NULL OR p.archived_at IS NOT NULL) AS archived
  FROM cart c JOIN cart_line l ON l.cart_id = c.id JOIN variant v ON v.id = l.variant_id JOIN product p ON p.id = v.product_id
  WHERE c.customer_id = ${customerId}::uuid ORDER BY v.id FOR UPDATE OF c, l FOR NO KEY UPDATE OF v`

/** The number of a merchant's first order. */
const FIRST_NUMBER = 1001

type Placed = {
  orderId: string
  wish: Checkout
  lines: readonly WantedLine[]
  amounts: ReturnType<typeof priceOrder>
  currency: string
  reservedUntil: Date
  payment: NewPayment
}

/** Order, lines, payment, reservations, stock, number and cart in one statement; returns the order's number. */
async function write(
  { tx, merchantId }: UnitOfWork,
  { orderId, wish, lines, amounts, currency, reservedUntil, payment }: Placed,
): Promise<number> {
  const { customerId, fulfilment, paymentMethod, note } = wish
  const address = fulfilment === 'DELIVERY' ? (wish.address ?? null) : null
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
