import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { AppContext } from '../server/context.ts'
import { setCartLine } from '../server/features/carts/service.ts'
import { setCartLines } from '../server/features/carts/set-cart-lines.ts'
import { sendReply } from '../server/features/conversations/service.ts'
import { claimTurn, completeTurn } from '../server/features/conversations/turns/turns.ts'
import { loadMerchant } from '../server/features/merchants/service.ts'
import { placeOrder } from '../server/features/orders/service/place-order.ts'
import { transitionOrder } from '../server/features/orders/service/transition-order.ts'
import { transitionPayment } from '../server/features/payments/service/transition-payment.ts'
import { createCustomer, openTestApp, type TestApp } from './harness/app.ts'
import { idleBot, write } from './harness/conversations.ts'
import { createPaidShop, orderPaidBy } from './harness/payments.ts'
import { countRoundTrips } from './harness/round-trips.ts'
import type { TestShop } from './harness/shop.ts'
import { tenantDb } from './harness/tenant-db.ts'

// Each round trip of a hot use-case costs its shop's next order as much again: the locks are held meanwhile. A use-case that
// awaits a statement whose result it does not need, or has Prisma join, exceeds its number here.

let testApp: TestApp
let app: AppContext
let shop: TestShop & { variantId: string }
let customer: { customerId: string; conversationId: string }

beforeAll(async () => {
  testApp = await openTestApp()
  app = testApp.app
  shop = await createPaidShop(app)
})
afterAll(() => testApp[Symbol.asyncDispose]())
beforeEach(async () => {
  customer = await createCustomer(app, shop.merchantId)
  await loadMerchant(app, shop.merchantId)
})

const idempotencyKey = () => randomUUID()
const order = (fulfilment: 'PICKUP' | 'DELIVERY' = 'DELIVERY') =>
  placeOrder(app, shop.owner, {
    customerId: customer.customerId,
    lines: [{ variantId: shop.variantId, quantity: 1 }],
    fulfilment,
    address: '12 Test Lane',
    paymentMethod: 'CASH_ON_DELIVERY',
    idempotencyKey: idempotencyKey(),
  })
const act = (orderId: string, action: 'ACCEPT' | 'MARK_READY' | 'DISPATCH' | 'DELIVER' | 'CANCEL') =>
  transitionOrder(app, shop.owner, { orderId, action, idempotencyKey: idempotencyKey() })
const roundTrips = async (work: () => Promise<unknown>) => (await countRoundTrips(work)).roundTrips

describe('the number of round trips', () => {
  test('of setting a line of a cart is three', async () => {
    const { customerId } = customer
    const line = { customerId, variantId: shop.variantId, quantity: 2, idempotencyKey: idempotencyKey() }
    expect(await roundTrips(() => setCartLine(app, shop.owner, line))).toBe(3)
  })

  test('of setting all lines of a cart is two, however many they are', async () => {
    const { customerId } = customer
    const lines = Array.from({ length: 40 }, (_, n) =>
      n === 0 ? { variantId: shop.variantId } : { sku: `NO-SUCH-${n}` },
    )
    const cart = {
      customerId,
      lines: lines.map((line) => ({ ...line, quantity: 1 })),
      idempotencyKey: idempotencyKey(),
    }
    expect(await roundTrips(() => setCartLines(app, shop.owner, cart))).toBe(2)
  })

  test('of placing an order is three, from a cart or with lines', async () => {
    const { customerId } = customer
    await setCartLine(app, shop.owner, { customerId, variantId: shop.variantId, quantity: 2 })
    const cart = () =>
      placeOrder(app, shop.owner, {
        customerId,
        fulfilment: 'PICKUP',
        paymentMethod: 'CASH_ON_DELIVERY',
        idempotencyKey: idempotencyKey(),
      })
    expect(await roundTrips(cart)).toBe(3)
    expect(await roundTrips(order)).toBe(3)
  })

  test('of a transition is three, and one more where a payment changes', async () => {
    const { id } = await order()
    for (const action of ['ACCEPT', 'MARK_READY', 'DISPATCH'] as const)
      expect([action, await roundTrips(() => act(id, action))]).toEqual([action, 3])
    expect(await roundTrips(() => act(id, 'DELIVER'))).toBe(4)
    const other = await order()
    expect(await roundTrips(() => act(other.id, 'CANCEL'))).toBe(3)
  })

  test('of a capture is three, and one to read the answer', async () => {
    const { paymentId } = await orderPaidBy(app, shop, 'CASH_ON_DELIVERY')
    const capture = () =>
      transitionPayment(app, shop.owner, { paymentId, action: 'MARK_COLLECTED', idempotencyKey: '1' })
    expect(await roundTrips(capture)).toBeLessThanOrEqual(4)
  })

  test('of an inbound message is three, of its claim two, of its completion two', async () => {
    const phone = `1555${Math.random().toString().slice(2, 9)}`
    const says = (text: string) => write(app, { phoneNumberId: shop.phoneNumberId, phone, text })
    await says('hi')
    const first = await claimTurn(app, idleBot())
    await completeTurn(app, idleBot(), { lease: first?.lease ?? '', replies: [] })
    expect(await roundTrips(() => says('again'))).toBe(3)
    let lease = ''
    expect(
      await roundTrips(async () => {
        lease = (await claimTurn(app, idleBot()))?.lease ?? ''
      }),
    ).toBe(2)
    const replies = [1, 2].map((n) => ({ kind: 'text', body: `answer ${n}` }) as const)
    expect(await roundTrips(() => completeTurn(app, idleBot(), { lease, state: { n: 1 }, replies }))).toBe(2)
  })

  test('of a reply of staff is three', async () => {
    await tenantDb(app.database, shop.merchantId).conversation.update({
      where: { id: customer.conversationId },
      data: { windowExpiresAt: new Date(Date.now() + 3_600_000) },
    })
    const input = { conversationId: customer.conversationId, text: 'hello', idempotencyKey: idempotencyKey() }
    expect(await roundTrips(() => sendReply(app, shop.owner, input))).toBe(3)
  })
})
