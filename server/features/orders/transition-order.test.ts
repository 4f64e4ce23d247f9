import * as fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { botActor, createCustomer, openTestApp, type TestApp } from '../../../test/harness/app.ts'
import { createTestProduct, createTestShop, type TestShop } from '../../../test/harness/shop.ts'
import { tenantDb } from '../../../test/harness/tenant-db.ts'
import type { Authorized } from '../../auth/actor.ts'
import { merchantTransaction } from '../../db/merchant-query.ts'
import { transactionStore } from '../../db/tenant-pool.ts'
import type { AppContext } from '../../context.ts'
import { AppError, NotFoundError } from '../../errors.ts'
import { TryLaterError } from '../../jobs/kit.ts'
import { setCartLine } from '../carts/service.ts'
import { eventCatalogue } from '../events.ts'
import { IllegalTransitionError, ORDER_ACTIONS, type OrderAction } from './domain.ts'
import { expireOrderProcessor } from './processors.ts'
import { placeOrder } from './service/place-order.ts'
import { expireOrder, transitionOrder } from './service/transition-order.ts'
import { sweepReservations } from './sweep.ts'

let testApp: TestApp
let app: AppContext
let shop: TestShop
let variantId: string

beforeAll(async () => {
  testApp = await openTestApp()
  app = testApp.app
})
afterAll(() => testApp[Symbol.asyncDispose]())
beforeEach(async () => {
  shop = await createTestShop(app)
  variantId = (await createTestProduct(app, shop.owner, { onHand: 20 })).variantId
})

const db = () => tenantDb(app.database, shop.merchantId)
const stock = () =>
  db().variant.findUniqueOrThrow({ where: { id: variantId }, select: { onHand: true, reserved: true } })
const reservation = async (orderId: string) =>
  (await db().stockReservation.findFirstOrThrow({ where: { orderId } })).state
/** Messages to the customer about the order since it was placed; the message about placing it is tested elsewhere. */
const notices = async (orderId: string) =>
  (await db().message.findMany({ where: { orderId }, orderBy: { createdAt: 'asc' } }))
    .map((message) => message.text)
    .filter((text) => !text.startsWith('📝'))

async function order({
  fulfilment = 'DELIVERY' as 'DELIVERY' | 'PICKUP',
  quantity = 2,
  language = null as string | null,
  by = shop.owner as Authorized<'orders:write'>,
} = {}) {
  const { customerId } = await createCustomer(app, shop.merchantId, { language })
  await setCartLine(app, shop.owner, { customerId, variantId, quantity })
  const actor = by.kind === 'BOT' ? botActor(shop.merchantId, customerId) : by
  return placeOrder(app, actor, { customerId, fulfilment, address: '12 Test Lane', paymentMethod: 'CASH_ON_DELIVERY' })
}

async function go(orderId: string, ...actions: OrderAction[]) {
  let last
  for (const action of actions) last = await transitionOrder(app, shop.owner, { orderId, action })
  return last
}

/** Lets the time to answer pass. */
const letExpire = async (orderId: string) => {
  const past = new Date(Date.now() - 1_000)
  await db().order.update({ where: { id: orderId }, data: { reservedUntil: past } })
  await db().stockReservation.updateMany({ where: { orderId }, data: { expiresAt: past } })
}

test('a delivered order passes all statuses with stock, delivery, events and notices', async () => {
  const { id } = await order()
  expect(await go(id, 'ACCEPT')).toMatchObject({
    status: 'CONFIRMED',
    reservedUntil: null,
    delivery: { status: 'PENDING', address: '12 Test Lane' },
  })
  expect(await reservation(id)).toBe('ALLOCATED')
  expect(await go(id, 'START_PREPARING', 'MARK_READY', 'DISPATCH')).toMatchObject({
    status: 'IN_DELIVERY',
    delivery: { status: 'IN_TRANSIT' },
  })
  expect(await stock()).toEqual({ onHand: 20, reserved: 2 })
  expect(await go(id, 'DELIVER')).toMatchObject({
    status: 'DELIVERED',
    delivery: { status: 'DELIVERED', deliveredAt: expect.any(String) },
  })
  expect(await stock()).toEqual({ onHand: 18, reserved: 0 })
  expect(await reservation(id)).toBe('CONSUMED')
  expect(await go(id, 'COMPLETE')).toMatchObject({ status: 'COMPLETED' })
  const events = await app.log.about(shop.merchantId, id, 50)
  expect(events.map((event) => event.type)).toEqual([
    'order_created',
    'order_status_changed',
    'order_status_changed',
    'order_status_changed',
    'order_status_changed',
    'delivery_started',
    'order_status_changed',
    'delivery_completed',
    'payment_status_changed',
    'payment_received',
    'order_status_changed',
  ])
  expect(events[1]?.data).toEqual({ orderId: id, number: 1001, from: 'PENDING', to: 'CONFIRMED', reason: null })
  expect(await notices(id)).toEqual([
    expect.stringContaining('accepted'),
    expect.stringContaining('being prepared'),
    expect.stringContaining('packed'),
    expect.stringContaining('on its way'),
    expect.stringContaining('Thank you'),
  ])
  const audit = await db().auditEntry.findMany({ where: { subjectId: id }, orderBy: { at: 'asc' } })
  expect(audit.map((entry) => entry.action)).toEqual(
    expect.arrayContaining(['order.place', 'order.accept', 'order.dispatch', 'order.deliver', 'order.complete']),
  )
  expect(audit[0]?.actor).toBe(`STAFF:${shop.owner.staffId}`)
})

test('a failed delivery returns to READY and can be dispatched again', async () => {
  const { id } = await order()
  await go(id, 'ACCEPT', 'MARK_READY', 'DISPATCH')
  expect(await go(id, 'FAIL_DELIVERY')).toMatchObject({ status: 'READY', delivery: { status: 'ATTEMPT_FAILED' } })
  expect(await stock()).toEqual({ onHand: 20, reserved: 2 })
  expect(await go(id, 'DISPATCH', 'DELIVER')).toMatchObject({ status: 'DELIVERED' })
  expect(await stock()).toEqual({ onHand: 18, reserved: 0 })
})

test('a pick-up sends a notice when ready, has no delivery, and a return does not restock', async () => {
  const { id } = await order({ fulfilment: 'PICKUP' })
  expect(await go(id, 'ACCEPT', 'MARK_READY', 'DELIVER')).toMatchObject({ status: 'DELIVERED', delivery: null })
  expect((await notices(id))[1]).toContain('1 Test Street')
  expect(await go(id, 'RETURN')).toMatchObject({ status: 'RETURNED' })
  expect(await stock()).toEqual({ onHand: 18, reserved: 0 })
})

test('rejection and cancellation release the stock and send the customer the reason', async () => {
  const refused = await order()
  await transitionOrder(app, shop.owner, { orderId: refused.id, action: 'REJECT', reason: 'Out of milk' })
  const off = await order()
  await go(off.id, 'ACCEPT')
  const cancelled = await transitionOrder(app, shop.owner, {
    orderId: off.id,
    action: 'CANCEL',
    reason: 'Kitchen closed',
  })
  expect(cancelled).toMatchObject({ status: 'CANCELLED', reason: 'Kitchen closed', delivery: { status: 'CANCELLED' } })
  expect(await stock()).toEqual({ onHand: 20, reserved: 0 })
  expect(await reservation(refused.id)).toBe('RELEASED')
  expect((await notices(refused.id))[0]).toContain('Out of milk')
  expect((await notices(off.id))[1]).toContain('Kitchen closed')
})

test('notices are in the customer’s language', async () => {
  const { id } = await order({ language: 'es-MX' })
  await go(id, 'ACCEPT')
  expect(await notices(id)).toEqual([expect.stringContaining('aceptó tu pedido')])
})

describe('actors of a transition', () => {
  test('the customer may cancel a PENDING order through the bot and receives no notice beside its answer', async () => {
    const placed = await order()
    const customer = botActor(shop.merchantId, placed.customerId)
    const refusal = transitionOrder(app, customer, { orderId: placed.id, action: 'ACCEPT' })
    await expect(refusal).rejects.toMatchObject({ status: 'PENDING', allowedActions: ['CANCEL'] })
    expect(await transitionOrder(app, customer, { orderId: placed.id, action: 'CANCEL' })).toMatchObject({
      status: 'CANCELLED',
    })
    expect(await notices(placed.id)).toEqual([])
  })

  test('the bot sees no orders of other customers, and nobody those of other shops', async () => {
    const placed = await order()
    const bystander = await createCustomer(app, shop.merchantId)
    const other = await createTestShop(app)
    for (const [actor, orderId] of [
      [botActor(shop.merchantId, bystander.customerId), placed.id],
      [other.owner, placed.id],
      [shop.owner, crypto.randomUUID()],
      [shop.owner, 'nonsense'],
    ] as const) {
      await expect(transitionOrder(app, actor, { orderId, action: 'CANCEL' })).rejects.toBeInstanceOf(NotFoundError)
    }
    expect(await db().order.findUniqueOrThrow({ where: { id: placed.id } })).toMatchObject({ status: 'PENDING' })
  })
})

test('of two concurrent acceptances one succeeds, and the other receives the possible actions', async () => {
  const { id } = await order()
  const results = await Promise.allSettled(
    [1, 2].map(() => transitionOrder(app, shop.owner, { orderId: id, action: 'ACCEPT' })),
  )
  const refusals = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []))
  expect(refusals).toEqual([expect.any(IllegalTransitionError)])
  expect(await notices(id)).toHaveLength(1)
})

test('an idempotency key applies an action once; with another action it is a conflict', async () => {
  const { id } = await order()
  const request = { orderId: id, action: 'ACCEPT' as const, idempotencyKey: 'k' }
  await Promise.all([transitionOrder(app, shop.owner, request), transitionOrder(app, shop.owner, request)])
  expect(await transitionOrder(app, shop.owner, request)).toMatchObject({ status: 'CONFIRMED' })
  await expect(transitionOrder(app, shop.owner, { ...request, action: 'CANCEL' })).rejects.toMatchObject({
    code: 'IDEMPOTENCY_CONFLICT',
  })
})

test('a transition whose event cannot be written is rolled back with stock and notice', async () => {
  const { id } = await order()
  await db().eventCounter.delete({ where: { merchantId: shop.merchantId } })
  await expect(transitionOrder(app, shop.owner, { orderId: id, action: 'ACCEPT' })).rejects.toThrow('"sequence"')
  expect(await db().order.findUniqueOrThrow({ where: { id } })).toMatchObject({ status: 'PENDING' })
  expect(await reservation(id)).toBe('HELD')
  expect(await notices(id)).toEqual([])
  expect(await db().delivery.count()).toBe(0)
})

describe('an order that is not accepted', () => {
  const run = (orderId: string) =>
    expireOrderProcessor.run(
      { merchantId: shop.merchantId, orderId },
      { app, attempt: 1, lastAttempt: false, signal: new AbortController().signal },
    )

  test('expires once: its stock is released and the customer notified', async () => {
    const { id } = await order()
    await letExpire(id)
    await run(id)
    await run(id)
    expect(await db().order.findUniqueOrThrow({ where: { id } })).toMatchObject({
      status: 'EXPIRED',
      reservedUntil: null,
    })
    expect(await stock()).toEqual({ onHand: 20, reserved: 0 })
    expect(await notices(id)).toEqual([expect.stringContaining('in time')])
    const moves = (await app.log.about(shop.merchantId, id, 10)).filter(({ type }) => type === 'order_status_changed')
    expect(moves.at(-1)).toMatchObject({
      actor: 'SYSTEM',
      data: { to: 'EXPIRED' },
    })
  })

  test('is checked again when its job runs too early, and left alone once accepted', async () => {
    const { id } = await order()
    await expect(run(id)).rejects.toBeInstanceOf(TryLaterError)
    await letExpire(id)
    await go(id, 'ACCEPT')
    await run(id)
    expect(await db().order.findUniqueOrThrow({ where: { id } })).toMatchObject({ status: 'CONFIRMED' })
  })

  test('has a delayed job from the moment it is placed', async () => {
    const placed = await order()
    const [event] = await app.log.about(shop.merchantId, placed.id, 1)
    const [job] = event ? eventCatalogue.reactionsTo(event) : []
    expect(job).toMatchObject({ queue: 'order_processing', name: 'expire-order', id: `expire-order.${placed.id}` })
    expect(job?.delayMs).toBeGreaterThan(59 * 60_000)
    expect(job?.delayMs).toBeLessThanOrEqual(60 * 60_000)
  })

  test('is expired by the sweep when its job was lost', async () => {
    const { id } = await order()
    await letExpire(id)
    await sweepReservations.run(app)
    expect(await db().order.findUniqueOrThrow({ where: { id } })).toMatchObject({ status: 'EXPIRED' })
    expect(await expireOrder(app, { merchantId: shop.merchantId, orderId: id })).toBe(0)
  })
})

test('after random actions reservations equal the open orders, and nothing is sold twice', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.tuple(
          fc.integer({ min: 1, max: 9 }),
          fc.array(fc.constantFrom<OrderAction>(...ORDER_ACTIONS), { maxLength: 6 }),
        ),
        { minLength: 1, maxLength: 4 },
      ),
      async (orders) => {
        const product = await createTestProduct(app, shop.owner, { onHand: 20 })
        variantId = product.variantId
        await Promise.all(
          orders.map(async ([quantity, actions]) => {
            const placed = await order({ quantity }).catch(() => null)
            for (const action of placed ? actions : []) {
              await transitionOrder(app, shop.owner, { orderId: placed?.id ?? '', action }).catch((error: unknown) => {
                if (!(error instanceof IllegalTransitionError)) throw error
              })
            }
          }),
        )
        const reservations = await db().stockReservation.findMany({ where: { variantId } })
        const sum = (...states: string[]) =>
          reservations.filter((one) => states.includes(one.state)).reduce((total, one) => total + one.quantity, 0)
        const now = await stock()
        expect(now).toEqual({ onHand: 20 - sum('CONSUMED'), reserved: sum('HELD', 'ALLOCATED') })
        expect(now.onHand - now.reserved).toBeGreaterThanOrEqual(0)
      },
    ),
    { numRuns: 12 },
  )
})

test('an invalid reason is refused with its path', async () => {
  const { id } = await order()
  const refusal = transitionOrder(app, shop.owner, { orderId: id, action: 'REJECT', reason: 'x'.repeat(301) })
  await expect(refusal).rejects.toMatchObject({ issues: [{ path: 'input.reason' }] })
  const key = transitionOrder(app, shop.owner, { orderId: id, action: 'REJECT', idempotencyKey: '' })
  await expect(key).rejects.toBeInstanceOf(AppError)
})

test('a transition that waits in vain for a lock fails with that, and leaves no rejection behind', async () => {
  const { id } = await order()
  await merchantTransaction(app, shop.merchantId, async (transaction) => {
    await transaction.query('SELECT 1 FROM variant FOR UPDATE')
    const cancelling = transactionStore.exit(() => transitionOrder(app, shop.owner, { orderId: id, action: 'CANCEL' }))
    await expect(cancelling).rejects.toMatchObject({ code: '55P03' })
  })
  expect(await db().order.findUniqueOrThrow({ where: { id } })).toMatchObject({ status: 'PENDING' })
})
