import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { botActor, createCustomer, execute, openTestApp, type TestApp } from '../../../test/harness/app.ts'
import { createTestProduct, createTestShop, type TestShop } from '../../../test/harness/shop.ts'
import { tenantDb } from '../../../test/harness/tenant-db.ts'
import type { TenantActor } from '../../auth/actor.ts'
import type { AppContext } from '../../context.ts'
import { updateVariant } from '../catalog/service.ts'
import { placeOrder } from '../orders/service/place-order.ts'

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

const CART = 'id subtotal { amount formatted } lines { quantity total { amount } variant { id product { name } } }'
const SET = `mutation ($input: SetCartLineInput!) { setCartLine(input: $input) { __typename ... on Cart { ${CART} } ... on OutOfStockError { lines { requested available } } ... on ValidationError { issues { path } } ... on Error { message } } }`
const CLEAR = `mutation ($input: ClearCartInput!) { clearCart(input: $input) { __typename ... on Cart { ${CART} } } }`
type Cart = {
  __typename: string
  id: string
  subtotal: { amount: number; formatted: string }
  lines: { quantity: number; variant: { id: string } }[]
}
const set = async (input: object, actor: TenantActor = shop.owner) =>
  (await execute<{ setCartLine: Cart }>(app, actor, SET, { input: { customerId, ...input } })).setCartLine
const read = async () =>
  (
    await execute<{ customer: { cart: Cart } }>(
      app,
      shop.owner,
      `query ($id: ID!) { customer(id: $id) { cart { ${CART} } } }`,
      { id: customerId },
    )
  ).customer.cart

test('a new customer has an empty cart that keeps its id', async () => {
  const { variantId } = await createTestProduct(app, shop.owner, { price: 1_000 })
  const before = await read()
  expect(before).toMatchObject({ subtotal: { amount: 0, formatted: '$0.00' }, lines: [] })
  expect((await set({ variantId, quantity: 2 })).id).toBe(before.id)
})

test('quantities are absolute, prices are current, and 0 removes the line', async () => {
  const tea = await createTestProduct(app, shop.owner, { name: 'Tea', price: 300 })
  const cake = await createTestProduct(app, shop.owner, { name: 'Cake', price: 500 })
  await set({ variantId: tea.variantId, quantity: 2 })
  await set({ variantId: tea.variantId, quantity: 3 })
  expect(await set({ variantId: cake.variantId, quantity: 1 })).toMatchObject({
    subtotal: { amount: 1_400, formatted: '$14.00' },
    lines: [{ quantity: 3, total: { amount: 900 }, variant: { product: { name: 'Tea' } } }, { quantity: 1 }],
  })
  await updateVariant(app, shop.owner, { id: tea.variantId, price: 400 })
  expect((await read()).subtotal.amount).toBe(1_700)
  expect((await set({ variantId: tea.variantId, quantity: 0 })).lines).toHaveLength(1)
  const cleared = await execute<{ clearCart: Cart }>(app, shop.owner, CLEAR, { input: { customerId } })
  expect(cleared.clearCart).toMatchObject({ __typename: 'Cart', lines: [], subtotal: { amount: 0 } })
})

test('unavailable quantities are refused, and the cart does not change', async () => {
  const { variantId, productId } = await createTestProduct(app, shop.owner, { onHand: 3 })
  await set({ variantId, quantity: 1 })
  expect(await set({ variantId, quantity: 4 })).toMatchObject({
    __typename: 'OutOfStockError',
    lines: [{ requested: 4, available: 3 }],
  })
  expect(await set({ variantId, quantity: 100 })).toMatchObject({
    __typename: 'ValidationError',
    issues: [{ path: 'input.quantity' }],
  })
  expect(await set({ variantId, quantity: -1 })).toMatchObject({ __typename: 'ValidationError' })
  expect(await set({ variantId: crypto.randomUUID(), quantity: 1 })).toMatchObject({ __typename: 'NotFoundError' })
  expect(await set({ variantId: 'nonsense', quantity: 1 })).toMatchObject({ __typename: 'NotFoundError' })
  await tenantDb(app.database, shop.merchantId).product.update({
    where: { id: productId },
    data: { archivedAt: new Date() },
  })
  expect(await set({ variantId, quantity: 2 })).toMatchObject({ __typename: 'NotFoundError' })
  expect((await read()).lines).toMatchObject([{ quantity: 1 }])
  expect(await set({ variantId, quantity: 0 })).toMatchObject({ __typename: 'Cart', lines: [] })
})

test('carts of unknown customers and of other shops are not found; the bot does not find those of other customers', async () => {
  const { variantId } = await createTestProduct(app, shop.owner)
  const bystander = await createCustomer(app, shop.merchantId)
  const other = await createTestShop(app)
  const theirs = await createTestProduct(app, other.owner)
  expect(await set({ variantId, quantity: 1, customerId: 'nonsense' })).toMatchObject({ __typename: 'NotFoundError' })
  expect(await set({ variantId, quantity: 1, customerId: crypto.randomUUID() })).toMatchObject({
    __typename: 'NotFoundError',
  })
  expect(await set({ variantId: theirs.variantId, quantity: 1 })).toMatchObject({ __typename: 'NotFoundError' })
  expect(await set({ variantId: theirs.variantId, quantity: 1 }, other.owner)).toMatchObject({
    __typename: 'NotFoundError',
  })
  const bot = botActor(shop.merchantId, bystander.customerId)
  expect(await set({ variantId, quantity: 1 }, bot)).toMatchObject({ __typename: 'NotFoundError' })
  expect(await execute(app, bot, CLEAR, { input: { customerId } })).toEqual({
    clearCart: { __typename: 'NotFoundError' },
  })
  expect(await set({ variantId, quantity: 1, customerId: bystander.customerId }, bot)).toMatchObject({
    __typename: 'Cart',
    lines: [{ quantity: 1 }],
  })
})

test('a key sets a line once, and a cart holds at most fifty different items', async () => {
  const { variantId } = await createTestProduct(app, shop.owner)
  await set({ variantId, quantity: 1, idempotencyKey: 'k' })
  await set({ variantId, quantity: 5 })
  await set({ variantId, quantity: 1, idempotencyKey: 'k' })
  expect((await read()).lines).toMatchObject([{ quantity: 5 }])
  const more = await Promise.all(Array.from({ length: 50 }, () => createTestProduct(app, shop.owner)))
  const results: Cart[] = []
  for (const one of more) results.push(await set({ variantId: one.variantId, quantity: 1 }))
  expect(results.at(-2)?.lines).toHaveLength(50)
  expect(results.at(-1)).toMatchObject({ __typename: 'ValidationError', issues: [{ path: 'input.variantId' }] })
  expect(await set({ variantId, quantity: 6 })).toMatchObject({ __typename: 'Cart' })
})

test('a line that is set while the cart is ordered is in the order, or stays in the cart', async () => {
  const [tea, cake] = [await createTestProduct(app, shop.owner), await createTestProduct(app, shop.owner)]
  for (let round = 0; round < 10; round++) {
    customerId = (await createCustomer(app, shop.merchantId)).customerId
    await set({ variantId: tea.variantId, quantity: 1 })
    const [order] = await Promise.all([
      placeOrder(app, shop.owner, { customerId, fulfilment: 'PICKUP', paymentMethod: 'CASH_ON_DELIVERY' }),
      set({ variantId: cake.variantId, quantity: 1 }),
    ])
    const ordered = await tenantDb(app.database, shop.merchantId).orderLine.count({ where: { orderId: order.id } })
    expect(ordered + (await read()).lines.length).toBe(2)
  }
})
