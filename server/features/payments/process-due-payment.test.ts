import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { openTestApp, type TestApp } from '../../../test/harness/app.ts'
import { createPaidShop, customerPhoto, orderPaidBy } from '../../../test/harness/payments.ts'
import { tenantDb } from '../../../test/harness/tenant-db.ts'
import type { AppContext } from '../../context.ts'
import { TryLaterError } from '../../jobs/kit.ts'
import { eventCatalogue } from '../events.ts'
import { startPayment } from '../orders/service/start-payment.ts'
import { closeUnpaidOrder, transitionOrder } from '../orders/service/transition-order.ts'
import { closeCheckoutProcessor, processDuePaymentProcessor } from './processors.ts'
import { sandbox } from './providers/sandbox.ts'
import { decideCheckout, readCheckout } from './sandbox/checkouts.ts'
import { submitPaymentProof } from './service/submit-proof.ts'
import { beginCheckout } from './service/begin-checkout.ts'
import { processDuePayment } from './service/process-due-payment.ts'
import { sweepPayments } from './sweep.ts'

const steps = { closeUnpaidOrder }
const sweep = sweepPayments(steps)

let testApp: TestApp
let app: AppContext
let shop: Awaited<ReturnType<typeof createPaidShop>>

beforeAll(async () => {
  testApp = await openTestApp()
  app = testApp.app
})
afterAll(() => testApp[Symbol.asyncDispose]())
beforeEach(async () => {
  vi.restoreAllMocks()
  shop = await createPaidShop(app, { dueMinutes: 24 * 60 })
})

const db = () => tenantDb(app.database, shop.merchantId)
const payment = (id: string) => db().payment.findUniqueOrThrow({ where: { id } })
const order = (id: string) => db().order.findUniqueOrThrow({ where: { id } })
const texts = async (orderId: string) =>
  (await db().message.findMany({ where: { orderId }, orderBy: { createdAt: 'asc' } })).map(({ text }) => text)
const stock = () => db().variant.findUniqueOrThrow({ where: { id: shop.variantId }, select: { reserved: true } })

/** Moves a payment's time so that `minutes` are left of it. */
const leave = (id: string, minutes: number) => {
  const expiresAt = Date.now() + minutes * 60_000
  const times = { expiresAt: new Date(expiresAt), createdAt: new Date(expiresAt - 24 * 3600_000) }
  return db().payment.update({ where: { id }, data: times })
}
const processDue = (paymentId: string) => processDuePayment(app, { merchantId: shop.merchantId, paymentId }, steps)
const paysOnline = async (paymentId: string) => {
  const checkout = await readCheckout(app, shop.merchantId, (await payment(paymentId)).providerRef ?? '')
  if (!checkout) throw new Error('no checkout')
  await decideCheckout(app, checkout, 'PAID')
}

describe('a payment that expires soon', () => {
  test.each(['ONLINE', 'BANK_TRANSFER'] as const)('%s is reminded of once, with where to pay', async (method) => {
    const { orderId, paymentId } = await orderPaidBy(app, shop, method)
    const before = (await texts(orderId)).length
    expect(await processDue(paymentId)).toBeGreaterThan(21 * 3600_000)
    expect(await texts(orderId)).toHaveLength(before)
    await leave(paymentId, 100)
    expect(await processDue(paymentId)).toBeGreaterThan(99 * 60_000)
    await Promise.all([processDue(paymentId), processDue(paymentId), sweep.run(app)])
    const told = (await texts(orderId)).slice(before)
    expect(told).toHaveLength(1)
    // An underscore of the address could be taken for markup, so it is written in its escaped form.
    const where = method === 'ONLINE' ? (await payment(paymentId)).checkoutUrl : 'Sample Bank'
    expect(decodeURIComponent(told[0] ?? '')).toContain(where)
    expect(told[0]).toContain('$10.00')
  })

  test('sends no reminder when it was paid and only the webhook was lost', async () => {
    const { orderId, paymentId } = await orderPaidBy(app, shop, 'ONLINE')
    await paysOnline(paymentId)
    await leave(paymentId, 100)
    expect(await processDue(paymentId)).toBe(0)
    expect((await payment(paymentId)).status).toBe('CAPTURED')
    expect((await texts(orderId)).filter((text) => text.includes('Please pay'))).toEqual([])
  })
})

describe('an expired payment', () => {
  test('cancels its order once, releases the stock and notifies the customer, despite concurrent jobs', async () => {
    const { orderId, paymentId } = await orderPaidBy(app, shop, 'BANK_TRANSFER')
    await transitionOrder(app, shop.owner, { orderId, action: 'ACCEPT' })
    const before = (await texts(orderId)).length
    await leave(paymentId, -1)
    await Promise.all([processDue(paymentId), processDue(paymentId), sweep.run(app), processDue(paymentId)])
    expect(await payment(paymentId)).toMatchObject({ status: 'EXPIRED', expiresAt: null })
    expect(await order(orderId)).toMatchObject({ status: 'CANCELLED', reason: expect.stringContaining('not paid') })
    expect((await stock()).reserved).toBe(0)
    const told = (await texts(orderId)).slice(before)
    expect(told).toEqual([expect.stringContaining('time to pay')])
    const events = (await app.log.about(shop.merchantId, orderId, 50)).map(({ type }) => type)
    expect(events.filter((type) => type === 'payment_failed')).toHaveLength(1)
  })

  test('leaves an order in preparation to the shop', async () => {
    const { orderId, paymentId } = await orderPaidBy(app, shop, 'BANK_TRANSFER')
    for (const action of ['ACCEPT', 'START_PREPARING'] as const)
      await transitionOrder(app, shop.owner, { orderId, action })
    await leave(paymentId, -1)
    await processDue(paymentId)
    expect((await payment(paymentId)).status).toBe('EXPIRED')
    expect((await order(orderId)).status).toBe('PREPARING')
  })

  test('is refreshed from its provider first, which captures a payment made in time', async () => {
    const { orderId, paymentId } = await orderPaidBy(app, shop, 'ONLINE')
    await paysOnline(paymentId)
    await leave(paymentId, -1)
    await processDue(paymentId)
    expect((await payment(paymentId)).status).toBe('CAPTURED')
    expect((await order(orderId)).status).toBe('PENDING')
  })

  test('does not close while its provider is unreachable', async () => {
    const { orderId, paymentId } = await orderPaidBy(app, shop, 'ONLINE')
    await leave(paymentId, -1)
    vi.spyOn(sandbox, 'read').mockRejectedValue(new Error('the provider is away'))
    await expect(processDue(paymentId)).rejects.toThrow('the provider is away')
    await expect(sweep.run(app)).rejects.toThrow('the provider is away')
    expect((await payment(paymentId)).status).toBe('PENDING')
    expect((await order(orderId)).status).toBe('PENDING')
    vi.restoreAllMocks()
    await sweep.run(app)
    expect((await order(orderId)).status).toBe('CANCELLED')
  })

  test('that was declined cancels the order, too, unless another payment is open', async () => {
    const declined = await orderPaidBy(app, shop, 'ONLINE')
    const again = await orderPaidBy(app, shop, 'ONLINE')
    for (const { paymentId } of [declined, again]) {
      await db().payment.update({ where: { id: paymentId }, data: { status: 'FAILED' } })
      await leave(paymentId, -1)
    }
    await startPayment(app, shop.owner, { orderId: again.orderId, method: 'CASH_ON_DELIVERY' })
    await sweep.run(app)
    expect((await order(declined.orderId)).status).toBe('CANCELLED')
    expect((await order(again.orderId)).status).toBe('PENDING')
    expect((await payment(again.paymentId)).status).toBe('FAILED')
  })

  test('does not expire while the shop checks a proof', async () => {
    const { orderId, conversationId, paymentId } = await orderPaidBy(app, shop, 'BANK_TRANSFER')
    const { messageId } = await customerPhoto(app, shop.merchantId, conversationId)
    await submitPaymentProof(app, shop.owner, { orderId, messageId })
    await sweep.run(app)
    expect(await processDue(paymentId)).toBe(0)
    expect(await payment(paymentId)).toMatchObject({ status: 'PROOF_SUBMITTED', expiresAt: null })
  })
})

test('the link of a cancelled payment is closed, unless it was paid before', async () => {
  const run = async (paymentId: string) =>
    closeCheckoutProcessor.run(
      { merchantId: shop.merchantId, paymentId },
      { app, attempt: 1, lastAttempt: false, signal: new AbortController().signal },
    )
  const statusOf = async (paymentId: string) =>
    (await db().sandboxCheckout.findFirstOrThrow({ where: { paymentId } })).status
  const given = await orderPaidBy(app, shop, 'ONLINE')
  await run(given.paymentId)
  expect(await statusOf(given.paymentId), 'still waited for').toBe('OPEN')
  await transitionOrder(app, shop.owner, { orderId: given.orderId, action: 'CANCEL' })
  const asked = (await app.log.about(shop.merchantId, given.orderId, 50)).flatMap((event) =>
    eventCatalogue.reactionsTo(event),
  )
  expect(asked.map(({ name }) => name)).toContain('close-checkout')
  await run(given.paymentId)
  await run(given.paymentId)
  expect(await statusOf(given.paymentId)).toBe('CLOSED')
  expect((await payment(given.paymentId)).status).toBe('CANCELLED')

  const paid = await orderPaidBy(app, shop, 'ONLINE')
  await paysOnline(paid.paymentId)
  await transitionOrder(app, shop.owner, { orderId: paid.orderId, action: 'CANCEL' })
  await run(paid.paymentId)
  expect(await statusOf(paid.paymentId)).toBe('PAID')
  expect((await payment(paid.paymentId)).status).toBe('CAPTURED')
})

test('a payment without a checkout page expires in time', async () => {
  const start = vi.spyOn(sandbox, 'start').mockRejectedValue(new Error('the provider is away'))
  const { orderId, paymentId } = await orderPaidBy(app, shop, 'ONLINE')
  await expect(processDue(paymentId)).rejects.toThrow('the provider is away')
  await leave(paymentId, -1)
  await processDue(paymentId)
  start.mockRestore()
  expect((await payment(paymentId)).status).toBe('EXPIRED')
  expect((await order(orderId)).status).toBe('CANCELLED')
})

describe('a provider that is unreachable when an order is placed', () => {
  test('delays the link, not the order; the sweep retries', async () => {
    const start = vi.spyOn(sandbox, 'start').mockRejectedValue(new Error('the provider is away'))
    const { orderId, paymentId } = await orderPaidBy(app, shop, 'ONLINE')
    expect(await payment(paymentId)).toMatchObject({ status: 'CREATED', checkoutUrl: null })
    start.mockRestore()
    await db().payment.update({ where: { id: paymentId }, data: { createdAt: new Date(Date.now() - 60_000) } })
    await sweep.run(app)
    expect(await payment(paymentId)).toMatchObject({
      status: 'PENDING',
      checkoutUrl: expect.stringContaining('/sandbox-pay/'),
    })
    expect((await order(orderId)).status).toBe('PENDING')
  })

  test('opens one page for concurrent requests', async () => {
    const start = vi.spyOn(sandbox, 'start').mockRejectedValueOnce(new Error('the provider is away'))
    const { paymentId } = await orderPaidBy(app, shop, 'ONLINE')
    start.mockRestore()
    const ref = { merchantId: shop.merchantId, paymentId }
    await Promise.all(Array.from({ length: 6 }, () => beginCheckout(app, ref)))
    expect(await db().sandboxCheckout.count({ where: { paymentId } })).toBe(1)
    const { status, providerRef } = await payment(paymentId)
    expect(status).toBe('PENDING')
    expect(await db().sandboxCheckout.count({ where: { id: providerRef ?? '' } })).toBe(1)
  })
})

test('the job waits until the payment is due, and does nothing once it is closed', async () => {
  const { orderId, paymentId } = await orderPaidBy(app, shop, 'BANK_TRANSFER')
  const run = () =>
    processDuePaymentProcessor(steps).run(
      { merchantId: shop.merchantId, paymentId },
      { app, attempt: 1, lastAttempt: false, signal: new AbortController().signal },
    )
  await expect(run()).rejects.toThrow(TryLaterError)
  await transitionOrder(app, shop.owner, { orderId, action: 'CANCEL' })
  await run()
  await run()
  expect((await payment(paymentId)).status).toBe('CANCELLED')
  const cash = await orderPaidBy(app, shop, 'CASH_ON_DELIVERY')
  expect(await processDue(cash.paymentId)).toBe(0)
})
