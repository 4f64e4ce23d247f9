import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { botActor, createCustomer, execute, openTestApp, type TestApp } from '../../../test/harness/app.ts'
import { createTestProduct, createTestShop, type TestShop } from '../../../test/harness/shop.ts'
import { tenantDb } from '../../../test/harness/tenant-db.ts'
import type { AppContext } from '../../context.ts'
import { createProduct, updateVariant } from '../catalog/service.ts'
import { EmptyCartError } from '../orders/pricing.ts'
import { placeOrder } from '../orders/service/place-order.ts'
import { setCartLine } from './service.ts'
import { setCartLines, type WantedCart } from './set-cart-lines.ts'

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
const archive = (id: string) => db().product.update({ where: { id }, data: { archivedAt: new Date() } })
const product = (name: string, onHand = 100, price = 300) => createTestProduct(app, shop.owner, { name, onHand, price })
const set = (lines: WantedCart['lines'], more: Partial<WantedCart> = {}, actor = shop.owner) =>
  setCartLines(app, actor, { customerId, lines, ...more })
/** Variants and quantities of the stored cart. */
const stored = async (cartId = customerId) =>
  Object.fromEntries(
    (await db().cartLine.findMany({ where: { cartId } })).map(({ variantId, quantity }) => [variantId, quantity]),
  )

describe('the lines of a cart', () => {
  test('are replaced, in the order of the request, by id or by SKU, and those of one variant are summed', async () => {
    const [tea, cake, mug] = [await product('Tea', 100, 300), await product('Cake', 100, 450), await product('Mug')]
    await setCartLine(app, shop.owner, { customerId, variantId: tea.variantId, quantity: 7 })
    await setCartLine(app, shop.owner, { customerId, variantId: mug.variantId, quantity: 1 })
    const source = `mutation ($input: SetCartLinesInput!) { setCartLines(input: $input) { __typename ... on FilledCart {
      cart { id subtotal { amount } lines { quantity variant { sku } } } refused { sku } } ... on Error { message } } }`
    const lines = [
      { sku: cake.sku, quantity: 2 },
      { variantId: tea.variantId, quantity: 1 },
      { variantId: cake.variantId, quantity: 3 },
    ]
    expect(await execute(app, shop.owner, source, { input: { customerId, lines } })).toEqual({
      setCartLines: {
        __typename: 'FilledCart',
        cart: {
          id: customerId,
          subtotal: { amount: 2_550 },
          lines: [
            { quantity: 5, variant: { sku: cake.sku } },
            { quantity: 1, variant: { sku: tea.sku } },
          ],
        },
        refused: [],
      },
    })
    expect(await stored()).toEqual({ [cake.variantId]: 5, [tea.variantId]: 1 })
  })

  test('are taken without those that cannot be, each with its reason and what is available', async () => {
    const [tea, cake, mug, jam] = [
      await product('Tea'),
      await product('Cake', 3),
      await product('Mug', 0),
      await product('Jam', 500),
    ]
    const old = await product('Old')
    await archive(old.productId)
    const elsewhere = await createTestProduct(app, (await createTestShop(app)).owner)
    const { cart, refused } = await set([
      { sku: 'NO-SUCH', quantity: 1 },
      { sku: cake.sku, quantity: 2 },
      { sku: tea.sku, quantity: 2 },
      { variantId: mug.variantId, quantity: 1 },
      { sku: cake.sku, quantity: 2 },
      { variantId: old.variantId, quantity: 1 },
      { sku: jam.sku, quantity: 100 },
      { variantId: elsewhere.variantId, quantity: 1 },
      { variantId: 'no id', quantity: 1 },
      { sku: 'NO-SUCH', quantity: 4 },
    ])
    expect(cart.lines).toMatchObject([{ quantity: 2, variant: { id: tea.variantId } }])
    const unknown = { variantId: null, productName: null, variantName: null, reason: 'UNKNOWN', available: 0 }
    expect(refused).toEqual([
      { ...unknown, sku: 'NO-SUCH', requested: 5 },
      expect.objectContaining({
        sku: cake.sku,
        productName: 'Cake',
        reason: 'NOT_ENOUGH_STOCK',
        requested: 4,
        available: 3,
      }),
      expect.objectContaining({ sku: mug.sku, variantId: mug.variantId, reason: 'SOLD_OUT', available: 0 }),
      expect.objectContaining({ sku: old.sku, reason: 'NOT_ON_SALE', available: 0 }),
      expect.objectContaining({ sku: jam.sku, reason: 'ABOVE_LIMIT', requested: 100, available: 500 }),
      { ...unknown, sku: null, requested: 1 },
      { ...unknown, sku: null, requested: 1 },
    ])
  })

  test('stay as they were when none of the new ones can be taken', async () => {
    const tea = await product('Tea')
    await setCartLine(app, shop.owner, { customerId, variantId: tea.variantId, quantity: 2 })
    const { cart, refused } = await set([{ sku: 'NO-SUCH', quantity: 1 }])
    expect(cart.lines).toMatchObject([{ quantity: 2 }])
    expect(refused).toMatchObject([{ reason: 'UNKNOWN' }])
  })

  test('are at most fifty; later ones are refused', async () => {
    const skus = Array.from({ length: 52 }, (_, n) => `PIN-${n}`)
    for (const some of [skus.slice(0, 26), skus.slice(26)]) {
      const variants = some.map((sku) => ({ sku, name: sku, price: 100, onHand: 5 }))
      await createProduct(app, shop.owner, { name: 'Pins', variants })
    }
    const { cart, refused } = await set(skus.map((sku) => ({ sku, quantity: 1 })))
    expect(cart.lines.map((line) => line.variant.sku)).toEqual(skus.slice(0, 50))
    expect(refused.map(({ sku, reason }) => [sku, reason])).toEqual(skus.slice(50).map((sku) => [sku, 'CART_FULL']))
  })

  test('are refused altogether when the request is malformed', async () => {
    const { variantId, sku } = await product('Tea')
    const one = { sku, quantity: 1 }
    const cases: [WantedCart['lines'], string][] = [
      [[], 'input.lines'],
      [Array.from({ length: 101 }, () => one), 'input.lines'],
      [[one, { quantity: 1 }], 'input.lines.1'],
      [[{ variantId, sku, quantity: 1 }], 'input.lines.0'],
      [[{ sku, quantity: 0 }], 'input.lines.0.quantity'],
      [[{ sku, quantity: 1_000_001 }], 'input.lines.0.quantity'],
    ]
    for (const [lines, path] of cases) await expect(set(lines)).rejects.toMatchObject({ issues: [{ path }] })
    expect(await stored()).toEqual({})
  })

  test('of unknown customers, and for the bot of other customers, are not found', async () => {
    const { sku } = await product('Tea')
    const other = await createCustomer(app, shop.merchantId)
    const notFound = { name: 'NotFoundError' }
    for (const unknown of ['nonsense', randomUUID()])
      await expect(set([{ sku, quantity: 1 }], { customerId: unknown })).rejects.toMatchObject(notFound)
    const bot = botActor(shop.merchantId, other.customerId)
    await expect(setCartLines(app, bot, { customerId, lines: [{ sku, quantity: 1 }] })).rejects.toMatchObject(notFound)
    expect(await db().cart.count()).toBe(0)
  })
})

describe('a key', () => {
  test('sets the lines once, and a repeat gets the first refusals and the cart of now', async () => {
    const [tea, cake] = [await product('Tea'), await product('Cake', 3)]
    const lines = [
      { sku: tea.sku, quantity: 1 },
      { sku: cake.sku, quantity: 4 },
    ]
    const first = await set(lines, { idempotencyKey: 'k' })
    await setCartLine(app, shop.owner, { customerId, variantId: tea.variantId, quantity: 5 })
    await updateVariant(app, shop.owner, { id: cake.variantId, onHand: 50 })
    const again = await set(lines, { idempotencyKey: 'k' })
    expect(again.refused).toEqual(first.refused)
    expect(again.cart.lines).toMatchObject([{ quantity: 5 }])
    await expect(set(lines.slice(1), { idempotencyKey: 'k' })).rejects.toMatchObject({ code: 'IDEMPOTENCY_CONFLICT' })
  })

  test('used twice at once sets the lines once', async () => {
    const tea = await product('Tea')
    const answers = await Promise.all(
      [1, 2, 3].map(() => set([{ sku: tea.sku, quantity: 2 }], { idempotencyKey: 'k' })),
    )
    for (const { cart } of answers) expect(cart.lines).toMatchObject([{ quantity: 2 }])
  })
})

describe('at once', () => {
  test('two carts of one customer end as one of them, never as a mixture, whatever their order', async () => {
    const products = await Promise.all(Array.from({ length: 6 }, (_, n) => product(`P${n}`)))
    const cartOf = (n: number) => {
      const some = products.filter((_, at) => at === n % 6 || (at + n) % 2 === 0)
      return (n % 2 ? some : some.toReversed()).map(({ variantId }) => ({ variantId, quantity: n + 1 }))
    }
    const carts = Array.from({ length: 12 }, (_, n) => cartOf(n))
    const wanted = carts.map((lines) => Object.fromEntries(lines.map((line) => [line.variantId, line.quantity])))
    // Each customer's first cart, which the first of them has to make.
    for (let round = 0; round < 15; round++) {
      const mine = (await createCustomer(app, shop.merchantId)).customerId
      await Promise.all(carts.map((lines) => set(lines, { customerId: mine })))
      expect(wanted).toContainEqual(await stored(mine))
    }
  })

  test('an order is of the old cart or of the new one, never of a part, and no line is lost without an order', async () => {
    const products = await Promise.all([1, 2, 3].map((n) => product(`P${n}`, 10_000)))
    const [first, second, third] = products.map(({ variantId }) => variantId) as [string, string, string]
    const [old, fresh] = [
      { [first]: 1, [second]: 1 },
      { [second]: 2, [third]: 2 },
    ]
    const linesOf = (cart: Record<string, number>) =>
      Object.entries(cart).map(([variantId, quantity]) => ({ variantId, quantity }))
    const order = () =>
      placeOrder(app, shop.owner, { customerId, fulfilment: 'PICKUP', paymentMethod: 'CASH_ON_DELIVERY' })
    for (let round = 0; round < 25; round++) {
      await set(linesOf(old))
      const [placed] = await Promise.all([order(), set(linesOf(fresh))])
      const lines = await db().orderLine.findMany({ where: { orderId: placed.id } })
      const ordered = Object.fromEntries(lines.map(({ variantId, quantity }) => [variantId, quantity]))
      expect([old, fresh]).toContainEqual(ordered)
      // The fresh lines are in the order, or still in the cart.
      expect(await stored()).toEqual(first in ordered ? fresh : {})
    }
    await db().cartLine.deleteMany()
    await expect(order()).rejects.toBeInstanceOf(EmptyCartError)
  })

  test('carts that ask for the last pieces reserve none; one order gets them', async () => {
    const cake = await product('Cake', 3)
    const customers = await Promise.all([1, 2, 3].map(() => createCustomer(app, shop.merchantId)))
    const order = async ({ customerId: mine }: { customerId: string }) => {
      const { refused } = await set([{ sku: cake.sku, quantity: 3 }], { customerId: mine })
      expect(refused).toEqual([])
      return mine
    }
    const filled = await Promise.all(customers.map(order))
    const orders = await Promise.allSettled(
      filled.map((mine) =>
        placeOrder(app, shop.owner, { customerId: mine, fulfilment: 'PICKUP', paymentMethod: 'CASH_ON_DELIVERY' }),
      ),
    )
    expect(orders.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected', 'rejected'])
    expect(await set([{ sku: cake.sku, quantity: 1 }])).toMatchObject({ refused: [{ reason: 'SOLD_OUT' }] })
  })
})
