import { GraphQLError } from 'graphql'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Storefront } from '../storefront.ts'
import type { Gateway } from '../testing/gateway.ts'
import { startGateway } from '../testing/gateway.ts'
import { createClient } from './client.ts'
import { graphqlStorefront } from './storefront.ts'

let gateway: Gateway
let storefront: Storefront

beforeEach(async () => {
  gateway = await startGateway()
  const client = createClient({
    url: `${gateway.url}/graphql`,
    apiKey: 'key',
    timeoutMs: 5_000,
    retries: 2,
    backoff: { baseMs: 1, maxMs: 2 },
  })
  const signal = new AbortController().signal
  storefront = graphqlStorefront({ client, turnId: 't', customerId: 'customer', lease: 'lease', signal })
})

afterEach(() => gateway.close())

const keys = () =>
  gateway.calls.flatMap(({ variables }) => {
    const { input } = variables as { input?: { idempotencyKey?: string } }
    return input?.idempotencyKey ? [input.idempotencyKey] : []
  })

test('reads the catalog page by page', async () => {
  expect(await storefront.categories({ first: 1 })).toEqual({ items: [{ id: 'drinks', name: 'Drinks' }], next: '1' })
  const page = await storefront.products({ first: 9, categoryId: 'drinks', search: 'coffee' })
  expect(page).toMatchObject({
    items: [{ name: 'Latte', variants: [{ name: 'Small' }, { name: 'Large' }] }],
    next: null,
  })
  expect(await storefront.product('latte')).toMatchObject({ imageUrl: 'https://shop.example/media/latte.jpg' })
  expect(await storefront.product('nothing')).toBeNull()
})

test('places an order, reads it and cancels it, with a key for every command', async () => {
  expect(await storefront.setCartLine('espresso-1', 2)).toMatchObject({ __typename: 'Cart', subtotal: { amount: 500 } })
  expect(await storefront.setCartLine('latte-1', 1)).toMatchObject({ __typename: 'Cart', subtotal: { amount: 900 } })
  expect(await storefront.clearCart()).toMatchObject({ lines: [] })
  await storefront.setCartLine('espresso-1', 1)
  const request = {
    fulfilment: 'PICKUP',
    address: null,
    paymentMethod: 'CASH_ON_DELIVERY',
    expectedTotal: 250,
  } as const
  expect(await storefront.placeOrder(request)).toMatchObject({ __typename: 'Order', number: 1, status: 'PENDING' })
  expect(await storefront.orders(5)).toMatchObject([{ id: 'order-1', total: { formatted: '$2.50' } }])
  expect(await storefront.order('order-1')).toMatchObject({ number: 1 })
  expect(await storefront.cancelOrder('order-1')).toMatchObject({ __typename: 'Order', status: 'CANCELLED' })
  expect(keys()).toEqual([
    'turn:t:setCartLine:1',
    'turn:t:setCartLine:2',
    'turn:t:clearCart:1',
    'turn:t:setCartLine:3',
    'turn:t:placeOrder:1',
    'turn:t:transitionOrder:1',
  ])
  expect(gateway.calls.every((call) => call.lease === 'lease')).toBe(true)
})

test('replaces the cart by a list of SKUs in one request, and returns the refused lines', async () => {
  await storefront.setCartLine('espresso-1', 2)
  const lines = [
    { sku: 'LATTE-2', quantity: 2 },
    { sku: 'CROISSANT-1', quantity: 4 },
    { sku: 'NOPE', quantity: 1 },
  ]
  const unknown = { productName: null, variantName: null, reason: 'UNKNOWN', requested: 1, available: 0 }
  expect(await storefront.setCartLines(lines)).toMatchObject({
    __typename: 'FilledCart',
    cart: { lines: [{ quantity: 2, variant: { id: 'latte-2' } }], subtotal: { amount: 1_000 } },
    refused: [
      { sku: 'CROISSANT-1', productName: 'Croissant', reason: 'NOT_ENOUGH_STOCK', requested: 4, available: 3 },
      { sku: 'NOPE', ...unknown },
    ],
  })
  expect(keys()).toEqual(['turn:t:setCartLine:1', 'turn:t:setCartLines:1'])
})

test('pays, submits a proof, reports a problem and stores an opt-out, each command with its own key', async () => {
  gateway.world.merchant.paymentMethods = ['CASH_ON_DELIVERY', 'BANK_TRANSFER', 'ONLINE']
  const { id } = await placed()
  expect(await storefront.startPayment(id, 'ONLINE')).toMatchObject({
    __typename: 'Payment',
    method: 'ONLINE',
    checkoutUrl: expect.stringMatching(/^https:/),
  })
  expect(await storefront.submitPaymentProof(id, 'photo')).toMatchObject({ __typename: 'PaymentNotPossibleError' })
  expect(await storefront.startPayment(id, 'BANK_TRANSFER')).toMatchObject({ status: 'PENDING', checkoutUrl: null })
  expect(await storefront.submitPaymentProof(id, 'photo')).toMatchObject({ status: 'PROOF_SUBMITTED' })
  expect(await storefront.reportProblem(id, 'photo')).toEqual({ __typename: 'Conversation' })
  expect(await storefront.reportProblem('nothing', 'photo')).toMatchObject({ __typename: 'NotFoundError' })
  await storefront.setOptOut(true)
  expect(gateway.world).toMatchObject({
    optedOut: true,
    proofs: [{ orderId: id, messageId: 'photo' }],
    problems: [{ orderId: id, messageId: 'photo' }],
  })
  expect(keys().slice(2)).toEqual([
    'turn:t:startPayment:1',
    'turn:t:submitPaymentProof:1',
    'turn:t:startPayment:2',
    'turn:t:submitPaymentProof:2',
    'turn:t:reportProblem:1',
    'turn:t:reportProblem:2',
  ])
})

test('returns every refusal of an order', async () => {
  const request = {
    fulfilment: 'DELIVERY',
    address: 'Elm Street 1',
    paymentMethod: 'CASH_ON_DELIVERY',
    expectedTotal: 1,
  } as const
  expect(await storefront.placeOrder(request)).toMatchObject({ __typename: 'EmptyCartError' })
  await storefront.setCartLine('croissant-1', 2)
  expect(await storefront.placeOrder(request)).toMatchObject({
    __typename: 'PriceChangedError',
    total: { amount: 850 },
  })
  expect(await storefront.placeOrder({ ...request, address: null })).toMatchObject({
    issues: [{ path: 'input.address' }],
  })
  expect(await storefront.setCartLine('croissant-1', 9)).toMatchObject({ lines: [{ requested: 9, available: 3 }] })
  expect(await storefront.setCartLine('nothing', 1)).toMatchObject({ __typename: 'NotFoundError' })
  expect(await storefront.cancelOrder('nothing')).toMatchObject({ __typename: 'NotFoundError' })
})

test('accepts a line that the lost attempt set with another quantity', async () => {
  gateway.world.cart.set('latte-1', 3)
  gateway.before('SetCartLine', () => {
    throw new GraphQLError('no', { extensions: { code: 'IDEMPOTENCY_CONFLICT' } })
  })
  expect(await storefront.setCartLine('latte-1', 4)).toMatchObject({ __typename: 'Cart', lines: [{ quantity: 3 }] })
})

test('hides another customer’s order', async () => {
  gateway.world.orders.push({ ...(await placed()), id: 'theirs' })
  const client = createClient({
    url: `${gateway.url}/graphql`,
    apiKey: 'key',
    timeoutMs: 5_000,
    retries: 0,
    backoff: { baseMs: 1, maxMs: 1 },
  })
  const signal = new AbortController().signal
  const stranger = graphqlStorefront({ client, turnId: 't', customerId: 'stranger', lease: 'lease', signal })
  expect(await storefront.order('theirs')).not.toBeNull()
  expect(await stranger.order('theirs')).toBeNull()
})

test.each(['NOT_FOUND', 'BAD_INPUT'])('treats %s for an old id as a missing object', async (code) => {
  for (const operation of ['Product', 'Order', 'CancelOrder']) {
    gateway.before(operation, () => {
      throw new GraphQLError('no', { extensions: { code } })
    })
  }
  expect(await storefront.product('old')).toBeNull()
  expect(await storefront.order('old')).toBeNull()
  expect(await storefront.cancelOrder('old')).toEqual({ __typename: 'NotFoundError' })
})

test('waits as long as the server asks, and retries', async () => {
  let refused = 0
  gateway.before('Cart', () => {
    refused += 1
    if (refused < 3) throw new GraphQLError('slow down', { extensions: { code: 'RATE_LIMITED' } })
  })
  expect(await storefront.cart()).toMatchObject({ lines: [] })
  expect(refused).toBe(3)
})

test('reports an answer that it cannot parse', async () => {
  gateway.before('Cart', (_call, response) => void response.end('<html>'))
  await expect(storefront.cart()).rejects.toMatchObject({ code: 'TRANSPORT' })
})

const placed = async () => {
  await storefront.setCartLine('espresso-1', 1)
  await storefront.placeOrder({
    fulfilment: 'PICKUP',
    address: null,
    paymentMethod: 'CASH_ON_DELIVERY',
    expectedTotal: 250,
  })
  const [order] = gateway.world.orders
  if (!order) throw new Error('no order was placed')
  return order
}
