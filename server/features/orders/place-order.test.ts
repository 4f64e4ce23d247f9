import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { botActor, createCustomer, openTestApp, type TestApp } from '../../../test/harness/app.ts'
import { createTestProduct, createTestShop, type TestShop } from '../../../test/harness/shop.ts'
import { tenantDb } from '../../../test/harness/tenant-db.ts'
import type { AppContext } from '../../context.ts'
import { AppError, NotFoundError, ValidationError } from '../../errors.ts'
import { setCartLine } from '../carts/service.ts'
import { updateVariant } from '../catalog/service.ts'
import { OutOfStockError } from '../catalog/stock.ts'
import { EmptyCartError, PriceChangedError } from './pricing.ts'
import { placeOrder, type PlaceOrder } from './service/place-order.ts'

let testApp: TestApp
let app: AppContext
let shop: TestShop

beforeAll(async () => {
  testApp = await openTestApp()
  app = testApp.app
})
afterAll(() => testApp[Symbol.asyncDispose]())
beforeEach(async () => {
  shop = await createTestShop(app)
})

const db = () => tenantDb(app.database, shop.merchantId)
const wish = (customerId: string, overrides: Partial<PlaceOrder> = {}): PlaceOrder => ({
  customerId,
  fulfilment: 'DELIVERY',
  address: '12 Test Lane',
  paymentMethod: 'CASH_ON_DELIVERY',
  ...overrides,
})

/** A customer who wants `quantity` of a variant. */
async function customerWanting(variantId: string, quantity = 1): Promise<string> {
  const { customerId } = await createCustomer(app, shop.merchantId)
  await setCartLine(app, shop.owner, { customerId, variantId, quantity })
  return customerId
}

test('an order copies names and prices, adds the fee, reserves the stock and empties the cart', async () => {
  const coffee = await createTestProduct(app, shop.owner, { name: 'Coffee', price: 1_250, onHand: 10 })
  const customerId = await customerWanting(coffee.variantId, 3)
  const order = await placeOrder(app, shop.owner, wish(customerId, { expectedTotal: 4_050, note: ' ring twice ' }))
  expect(order).toMatchObject({
    number: 1001,
    status: 'PENDING',
    subtotal: 3_750,
    deliveryFee: 300,
    total: 4_050,
    note: 'ring twice',
    address: '12 Test Lane',
  })
  expect(order.lines).toMatchObject([
    { sku: coffee.sku, productName: 'Coffee', unitPrice: 1_250, quantity: 3, total: 3_750 },
  ])
  expect(await db().variant.findUniqueOrThrow({ where: { id: coffee.variantId } })).toMatchObject({
    onHand: 10,
    reserved: 3,
  })
  expect(await db().stockReservation.findMany()).toMatchObject([{ orderId: order.id, quantity: 3, state: 'HELD' }])
  expect(await db().cartLine.count()).toBe(0)
  const minutesHeld = (Date.parse(order.reservedUntil ?? '') - Date.parse(order.placedAt)) / 60_000
  expect(minutesHeld).toBeCloseTo(60, 0)
  const [created] = await app.log.about(shop.merchantId, order.id, 5)
  expect(created).toMatchObject({
    type: 'order_created',
    data: {
      orderId: order.id,
      number: 1001,
      customerId,
      total: { amount: 4_050, currency: 'USD' },
      lines: [{ sku: coffee.sku, quantity: 3, unitPrice: 1_250 }],
    },
  })
})

test('a pick-up costs no delivery fee and keeps no address', async () => {
  const { variantId } = await createTestProduct(app, shop.owner)
  const order = await placeOrder(app, shop.owner, wish(await customerWanting(variantId), { fulfilment: 'PICKUP' }))
  expect(order).toMatchObject({ deliveryFee: 0, total: 1_000, address: null, fulfilment: 'PICKUP' })
})

test('order numbers count up per shop', async () => {
  const { variantId } = await createTestProduct(app, shop.owner)
  const numbers: number[] = []
  for (let n = 0; n < 3; n++)
    numbers.push((await placeOrder(app, shop.owner, wish(await customerWanting(variantId)))).number)
  expect(numbers).toEqual([1001, 1002, 1003])
})

describe('an order is refused', () => {
  test('without an address for a delivery, with too long texts, and for pick-up where there is none', async () => {
    const { variantId } = await createTestProduct(app, shop.owner)
    const customerId = await customerWanting(variantId)
    const refused = (overrides: Partial<PlaceOrder>) =>
      expect(placeOrder(app, shop.owner, wish(customerId, overrides))).rejects
    await refused({ address: null }).toMatchObject({ issues: [{ path: 'input.address' }] })
    await refused({ address: ' abc ' }).toMatchObject({ issues: [{ path: 'input.address' }] })
    await refused({ address: 'x'.repeat(501) }).toMatchObject({ issues: [{ path: 'input.address' }] })
    await refused({ note: 'x'.repeat(501) }).toMatchObject({ issues: [{ path: 'input.note' }] })
    shop = await createTestShop(app, { pickupAddress: null })
    const elsewhere = await createCustomer(app, shop.merchantId)
    const pickup = placeOrder(app, shop.owner, wish(elsewhere.customerId, { fulfilment: 'PICKUP' }))
    await expect(pickup).rejects.toBeInstanceOf(ValidationError)
  })

  test('when the cart is empty', async () => {
    const { customerId } = await createCustomer(app, shop.merchantId)
    await expect(placeOrder(app, shop.owner, wish(customerId))).rejects.toBeInstanceOf(EmptyCartError)
  })

  test('when the total has changed, and the error has the new total', async () => {
    const { variantId } = await createTestProduct(app, shop.owner, { price: 500 })
    const customerId = await customerWanting(variantId, 2)
    await updateVariant(app, shop.owner, { id: variantId, price: 700 })
    const refusal = await placeOrder(app, shop.owner, wish(customerId, { expectedTotal: 1_300 })).catch(
      (error: unknown) => error,
    )
    expect(refusal).toBeInstanceOf(PriceChangedError)
    expect(refusal).toMatchObject({ total: { amount: 1_700, currency: 'USD' } })
    expect(await db().cartLine.count()).toBe(1)
  })

  test('when stock has run short, with every short line, and reserves nothing', async () => {
    const tea = await createTestProduct(app, shop.owner, { name: 'Tea', onHand: 5 })
    const cake = await createTestProduct(app, shop.owner, { name: 'Cake', onHand: 5 })
    const bread = await createTestProduct(app, shop.owner, { name: 'Bread', onHand: 5 })
    const customerId = await customerWanting(tea.variantId, 4)
    await setCartLine(app, shop.owner, { customerId, variantId: cake.variantId, quantity: 2 })
    await setCartLine(app, shop.owner, { customerId, variantId: bread.variantId, quantity: 1 })
    await updateVariant(app, shop.owner, { id: tea.variantId, onHand: 3 })
    await db().product.update({ where: { id: cake.productId }, data: { archivedAt: new Date() } })
    const refusal = (await placeOrder(app, shop.owner, wish(customerId)).catch(
      (error: unknown) => error,
    )) as OutOfStockError
    expect(refusal).toBeInstanceOf(OutOfStockError)
    expect(new Set(refusal.lines.map((line) => [line.productName, line.requested, line.available].join()))).toEqual(
      new Set(['Tea,4,3', 'Cake,2,0']),
    )
    expect(await db().variant.aggregate({ _sum: { reserved: true } })).toEqual({ _sum: { reserved: 0 } })
  })

  test('for customers of other shops, for unknown ids, and from the bot for other customers', async () => {
    const { variantId } = await createTestProduct(app, shop.owner)
    const customerId = await customerWanting(variantId)
    const other = await createTestShop(app)
    const bystander = await createCustomer(app, shop.merchantId)
    for (const [actor, id] of [
      [other.owner, customerId],
      [shop.owner, crypto.randomUUID()],
      [shop.owner, 'not-an-id'],
      [botActor(shop.merchantId, bystander.customerId), customerId],
    ] as const) {
      await expect(placeOrder(app, actor, wish(id))).rejects.toBeInstanceOf(NotFoundError)
    }
    expect(await db().order.count()).toBe(0)
  })
})

test('of twenty concurrent orders for the last five pieces exactly five succeed', async () => {
  const { variantId } = await createTestProduct(app, shop.owner, { onHand: 5 })
  const customers = await Promise.all(Array.from({ length: 20 }, () => customerWanting(variantId)))
  const results = await Promise.allSettled(customers.map((customerId) => placeOrder(app, shop.owner, wish(customerId))))
  const refusals = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []))
  expect(refusals).toHaveLength(15)
  for (const refusal of refusals) expect(refusal).toBeInstanceOf(OutOfStockError)
  expect(await db().variant.findUniqueOrThrow({ where: { id: variantId } })).toMatchObject({ onHand: 5, reserved: 5 })
  const numbers = (await db().order.findMany({ select: { number: true } })).map((order) => order.number)
  expect(numbers.toSorted()).toEqual([1001, 1002, 1003, 1004, 1005])
})

test('carts that share variants in opposite order never deadlock', async () => {
  const first = await createTestProduct(app, shop.owner, { onHand: 100 })
  const second = await createTestProduct(app, shop.owner, { onHand: 100 })
  const customers = await Promise.all(
    Array.from({ length: 12 }, async (_, index) => {
      const [a, b] = index % 2 ? [first, second] : [second, first]
      const customerId = await customerWanting(a.variantId, 2)
      await setCartLine(app, shop.owner, { customerId, variantId: b.variantId, quantity: 1 })
      return customerId
    }),
  )
  await Promise.all(customers.map((customerId) => placeOrder(app, shop.owner, wish(customerId))))
  expect(await db().variant.aggregate({ _sum: { reserved: true } })).toEqual({ _sum: { reserved: 36 } })
})

test('one cart ordered twice at the same time becomes one order', async () => {
  const { variantId } = await createTestProduct(app, shop.owner)
  const customerId = await customerWanting(variantId, 2)
  const results = await Promise.allSettled([1, 2, 3].map(() => placeOrder(app, shop.owner, wish(customerId))))
  expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1)
  expect(await db().order.count()).toBe(1)
  expect(await db().variant.findUniqueOrThrow({ where: { id: variantId } })).toMatchObject({ reserved: 2 })
})

describe('a key', () => {
  test('used again for the same request gives the same order, also twice at once', async () => {
    const { variantId } = await createTestProduct(app, shop.owner)
    const customerId = await customerWanting(variantId)
    const request = wish(customerId, { idempotencyKey: 'checkout-1' })
    const [first, second] = await Promise.all([
      placeOrder(app, shop.owner, request),
      placeOrder(app, shop.owner, request),
    ])
    const third = await placeOrder(app, shop.owner, request)
    expect(new Set([first.id, second.id, third.id]).size).toBe(1)
    expect(await db().order.count()).toBe(1)
  })

  test('used for another request is a conflict', async () => {
    const { variantId } = await createTestProduct(app, shop.owner)
    const customerId = await customerWanting(variantId)
    await placeOrder(app, shop.owner, wish(customerId, { idempotencyKey: 'k' }))
    const conflict = await placeOrder(app, shop.owner, wish(customerId, { idempotencyKey: 'k', note: 'other' })).catch(
      (error: unknown) => error,
    )
    expect(conflict).toBeInstanceOf(AppError)
    expect(conflict).toMatchObject({ code: 'IDEMPOTENCY_CONFLICT' })
  })
})

test('stock_low is emitted once, when available stock falls to the threshold', async () => {
  const { variantId, sku } = await createTestProduct(app, shop.owner, { onHand: 6 })
  for (let n = 0; n < 4; n++) await placeOrder(app, shop.owner, wish(await customerWanting(variantId)))
  const low = (await app.log.after(shop.merchantId, 0, 100)).filter((event) => event.type === 'stock_low')
  expect(low).toMatchObject([{ subjectId: variantId, data: { variantId, sku, productName: 'Coffee', available: 3 } }])
})
