import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { botActor, createCustomer, execute, openTestApp, type TestApp } from '../../../test/harness/app.ts'
import { createTestProduct, createTestShop, type TestShop } from '../../../test/harness/shop.ts'
import { tenantDb } from '../../../test/harness/tenant-db.ts'
import type { AppContext } from '../../context.ts'
import { NotFoundError } from '../../errors.ts'
import { setCartLine } from '../carts/service.ts'
import { placeOrder, type PlaceOrder } from './service/place-order.ts'

let testApp: TestApp
let app: AppContext
let shop: TestShop
let customerId: string

beforeAll(async () => {
  testApp = await openTestApp()
  app = testApp.app
})
afterAll(() => testApp[Symbol.asyncDispose]())
beforeEach(async () => {
  shop = await createTestShop(app)
  customerId = (await createCustomer(app, shop.merchantId)).customerId
})

const db = () => tenantDb(app.database, shop.merchantId)
const place = (lines: PlaceOrder['lines'], more: Partial<PlaceOrder> = {}, actor = shop.owner) =>
  placeOrder(app, actor, { customerId, lines, fulfilment: 'PICKUP', paymentMethod: 'CASH_ON_DELIVERY', ...more })

describe('an order with lines', () => {
  test('has them in their order, by id or by SKU, at current prices, and leaves the cart as it is', async () => {
    const [tea, cake] = [
      await createTestProduct(app, shop.owner, { name: 'Tea', price: 300 }),
      await createTestProduct(app, shop.owner, { name: 'Cake', price: 450 }),
    ]
    await setCartLine(app, shop.owner, { customerId, variantId: tea.variantId, quantity: 7 })
    const source = `mutation ($input: PlaceOrderInput!) { placeOrder(input: $input) { __typename ... on Order {
      number total { amount } lines { sku quantity unitPrice { amount } } customer { id } } ... on Error { message } } }`
    const { placeOrder: order } = await execute<{ placeOrder: object }>(app, shop.owner, source, {
      input: {
        customerId,
        lines: [
          { sku: cake.sku, quantity: 2 },
          { variantId: tea.variantId, quantity: 1 },
        ],
        fulfilment: 'PICKUP',
        paymentMethod: 'CASH_ON_DELIVERY',
      },
    })
    expect(order).toEqual({
      __typename: 'Order',
      number: 1001,
      total: { amount: 1_200 },
      lines: [
        { sku: cake.sku, quantity: 2, unitPrice: { amount: 450 } },
        { sku: tea.sku, quantity: 1, unitPrice: { amount: 300 } },
      ],
      customer: { id: customerId },
    })
    expect(await db().cartLine.findMany()).toMatchObject([{ quantity: 7 }])
    expect(await db().variant.findUniqueOrThrow({ where: { id: cake.variantId } })).toMatchObject({ reserved: 2 })
  })

  test('placed twice with one key is one order, and with other lines a conflict', async () => {
    const { variantId } = await createTestProduct(app, shop.owner)
    const idempotencyKey = randomUUID()
    const [first, second] = await Promise.all([1, 2].map(() => place([{ variantId, quantity: 1 }], { idempotencyKey })))
    expect(first?.id).toBe(second?.id)
    await expect(place([{ variantId, quantity: 2 }], { idempotencyKey })).rejects.toMatchObject({
      code: 'IDEMPOTENCY_CONFLICT',
    })
    expect(await db().order.count()).toBe(1)
  })

  test('that shares variants with others in opposite order never deadlocks', async () => {
    const products = await Promise.all([1, 2].map(() => createTestProduct(app, shop.owner, { onHand: 100 })))
    const lines = products.map(({ variantId }) => ({ variantId, quantity: 1 }))
    await Promise.all(Array.from({ length: 12 }, (_, n) => place(n % 2 ? lines : lines.toReversed())))
    expect(await db().variant.aggregate({ _sum: { reserved: true } })).toEqual({ _sum: { reserved: 24 } })
  })
})

describe('an order with lines is refused', () => {
  const refusal = (lines: PlaceOrder['lines'], more: Partial<PlaceOrder> = {}) =>
    place(lines, more).then(
      () => 'placed',
      (error: unknown) => error,
    )

  test('with the path of every unusable line', async () => {
    const { variantId, sku } = await createTestProduct(app, shop.owner)
    const elsewhere = await createTestProduct(app, (await createTestShop(app)).owner)
    const one = { variantId, quantity: 1 }
    const cases: [PlaceOrder['lines'], string[]][] = [
      [[], ['input.lines']],
      [Array.from({ length: 51 }, () => one), ['input.lines']],
      [[{ quantity: 1 }], ['input.lines.0']],
      [[{ variantId, sku, quantity: 1 }], ['input.lines.0']],
      [[{ variantId, quantity: 0 }], ['input.lines.0.quantity']],
      [[{ variantId, quantity: 100 }], ['input.lines.0.quantity']],
      [
        [{ variantId: 'no id', quantity: 1 }, one, { sku: 'NO-SUCH', quantity: 1 }],
        ['input.lines.0', 'input.lines.2'],
      ],
      [
        [one, { variantId: elsewhere.variantId, quantity: 1 }, { sku: elsewhere.sku, quantity: 1 }],
        ['input.lines.1', 'input.lines.2'],
      ],
      [[one, { sku, quantity: 1 }], ['input.lines.1']],
    ]
    for (const [lines, paths] of cases)
      expect((await refusal(lines)) as object).toMatchObject({ issues: paths.map((path) => ({ path })) })
    expect(await db().order.count()).toBe(0)
    expect(await db().variant.aggregate({ _sum: { reserved: true } })).toEqual({ _sum: { reserved: 0 } })
  })

  test('with every short line', async () => {
    const tea = await createTestProduct(app, shop.owner, { name: 'Tea', onHand: 2 })
    const cake = await createTestProduct(app, shop.owner, { name: 'Cake', onHand: 0 })
    const lines = [tea, cake].map(({ variantId }) => ({ variantId, quantity: 3 }))
    expect(await refusal(lines)).toMatchObject({
      lines: [
        { productName: 'Tea', requested: 3, available: 2 },
        { productName: 'Cake', requested: 3, available: 0 },
      ],
    })
  })

  test('with archived variants', async () => {
    const { productId, variantId } = await createTestProduct(app, shop.owner)
    await db().product.update({ where: { id: productId }, data: { archivedAt: new Date() } })
    expect(await refusal([{ variantId, quantity: 1 }])).toMatchObject({ issues: [{ path: 'input.lines.0' }] })
  })

  test('for unknown customers, and from the bot for other customers', async () => {
    const { variantId } = await createTestProduct(app, shop.owner)
    const lines = [{ variantId, quantity: 1 }]
    expect(await refusal(lines, { customerId: randomUUID() })).toBeInstanceOf(NotFoundError)
    const other = await createCustomer(app, shop.merchantId)
    const input = { customerId, lines, fulfilment: 'PICKUP', paymentMethod: 'CASH_ON_DELIVERY' } as const
    await expect(placeOrder(app, botActor(shop.merchantId, other.customerId), input)).rejects.toBeInstanceOf(
      NotFoundError,
    )
  })
})
