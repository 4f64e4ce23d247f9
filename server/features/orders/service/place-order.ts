import { uuidv7 } from 'uuidv7'
import * as z from 'zod'
import type { Authorized } from '../../../auth/actor.ts'
import type { Selection } from '../../../graphql/look-ahead.ts'
import type { AppContext } from '../../../context.ts'
import { once } from '../../../unit-of-work/idempotency.ts'
import { withTenant, type UnitOfWork } from '../../../unit-of-work/unit-of-work.ts'
import { parseInput, ValidationError } from '../../../errors.ts'
import { PaymentMethod } from '../../../generated/prisma/enums.ts'
import { stockLow } from '../../catalog/events.ts'
import { availableOf, crossesThreshold, OutOfStockError } from '../../catalog/stock.ts'
import { assertMayActFor } from '../../customers/service.ts'
import { loadMerchant, type MerchantRow } from '../../merchants/service.ts'
import { isInAdvance } from '../../payments/domain.ts'
import { assertOffered } from '../../payments/providers/registry.ts'
import { planPayment } from '../../payments/service/open-payment.ts'
import { beginOrderPayment } from '../../payments/service/begin-checkout.ts'
import { findRecipient, sendNotice } from '../../notices/order-notices.ts'
import { orderCreated } from '../events.ts'
import { PriceChangedError, priceOrder, shortagesOf } from '../pricing.ts'
import { readOrder, type OrderRow } from '../queries.ts'
import { insertOrder } from './insert-order.ts'
import { lockCartLines, lockVariants, orderLines } from './lock-lines.ts'

const checkoutInput = z.object({
  customerId: z.string(),
  lines: orderLines.nullish(),
  fulfilment: z.enum(['DELIVERY', 'PICKUP']),
  paymentMethod: z.enum(PaymentMethod),
  address: z.string().trim().max(500, 'must be at most 500 characters').nullish(),
  note: z.string().trim().max(500, 'must be at most 500 characters').nullish(),
  expectedTotal: z.number().int().min(0).nullish(),
})
export type Checkout = z.output<typeof checkoutInput>
export type PlaceOrder = z.input<typeof checkoutInput> & { idempotencyKey?: string | null | undefined }

/**
 * Places an order of the given lines, or of the customer's cart, which it then empties. Prices are the current ones; the stock is
 * reserved until the merchant's time to accept ends. The answer has the fields of `selection`, or all.
 *
 * @throws NotFoundError, ValidationError, EmptyCartError, OutOfStockError with every short line, PriceChangedError.
 */
export async function placeOrder(
  app: AppContext,
  actor: Authorized<'orders:write'>,
  { idempotencyKey: key, ...input }: PlaceOrder,
  selection: Selection | null = null,
): Promise<OrderRow> {
  const checkout = parseInput(checkoutInput, input)
  assertMayActFor(actor, checkout.customerId)
  const merchant = await loadMerchant(app, actor.merchantId)
  assertReachable(checkout, merchant)
  assertOffered(app.config, merchant, { method: checkout.paymentMethod, path: 'input.paymentMethod' })
  const order = await withTenant(
    app,
    actor,
    (unit) => once(unit, { key, operation: 'placeOrder', input }, () => placeOnce(unit, checkout, merchant)),
    (unit, orderId) => readOrder(unit, orderId, selection),
  )
  if (isInAdvance(checkout.paymentMethod)) {
    await beginOrderPayment(app, actor.merchantId, order.id)
    // The checkout may have changed it; a field that needs it reads it again.
    delete order.money
  }
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
  const { customerId } = checkout
  const [lines, recipient] = await Promise.all([
    checkout.lines ? lockVariants(unit, customerId, checkout.lines) : lockCartLines(unit, customerId),
    // The bot itself confirms orders that it places in the chat.
    unit.actor.kind === 'BOT' ? null : findRecipient(unit, 'order_received', customerId),
  ])
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
  const { number, placedAt } = await insertOrder(unit, {
    orderId,
    checkout,
    lines,
    amounts,
    currency,
    reservedUntil,
    payment,
  })
  unit.emit(
    orderCreated.draft(orderId, {
      orderId,
      number,
      customerId,
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
  if (recipient)
    await sendNotice(unit, recipient, {
      orderId,
      values: { order_number: number, total: amounts.total, placed_at: placedAt },
    })
  return orderId
}
