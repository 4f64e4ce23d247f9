import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openTestApp, type TestApp } from '../../../test/harness/app.ts'
import { createPaidShop, orderPaidBy } from '../../../test/harness/payments.ts'
import { tenantDb } from '../../../test/harness/tenant-db.ts'
import type { AppContext } from '../../context.ts'
import { transitionOrder } from '../orders/service/transition-order.ts'
import type { ProviderStatus } from './providers/provider.ts'
import { decideCheckout, readCheckout } from './sandbox/checkouts.ts'
import { confirmPayment } from './service/confirm-payment.ts'
import { ingestProviderEvent } from './service/ingest-provider-event.ts'
import { recordRefund } from './service/record-refund.ts'
import { startPayment } from '../orders/service/start-payment.ts'
import { transitionPayment } from './service/transition-payment.ts'

let testApp: TestApp
let app: AppContext
let shop: Awaited<ReturnType<typeof createPaidShop>>

beforeAll(async () => {
  testApp = await openTestApp()
  app = testApp.app
  shop = await createPaidShop(app)
})
afterAll(() => testApp[Symbol.asyncDispose]())

const db = () => tenantDb(app.database, shop.merchantId)
const ledger = async (orderId: string) =>
  (await db().ledgerEntry.findMany({ where: { orderId } })).map(({ amount }) => Number(amount))
const count = async (orderId: string, type: string) =>
  (await app.log.about(shop.merchantId, orderId, 100)).filter((event) => event.type === type).length
const payment = (id: string) => db().payment.findUniqueOrThrow({ where: { id } })
const notices = (orderId: string) => db().message.count({ where: { orderId, text: { contains: 'received' } } })

let told = 0
const tell = (providerRef: string | null, reported: Partial<ProviderStatus>, id = `evt_${++told}`) =>
  ingestProviderEvent(app, 'sandbox', {
    id,
    type: 'checkout',
    providerRef: providerRef ?? '',
    reported: { status: 'CAPTURED', amount: 1_000, currency: 'USD', detail: null, ...reported },
    payload: { told: id },
  })

/** An order to be paid online, with the provider's name for its payment. */
async function onlineOrder() {
  const order = await orderPaidBy(app, shop, 'ONLINE')
  const { providerRef } = await payment(order.paymentId)
  return { ...order, providerRef: providerRef ?? '' }
}

test('concurrent webhooks and confirmations capture once', async () => {
  const { orderId, paymentId, providerRef } = await onlineOrder()
  const checkout = await readCheckout(app, shop.merchantId, providerRef)
  if (!checkout) throw new Error('no checkout')
  await decideCheckout(app, checkout, 'PAID')
  await Promise.all(
    Array.from({ length: 24 }, (_, i) =>
      i % 2 === 0
        ? confirmPayment(app, shop.owner, { paymentId })
        : tell(providerRef, {}, i % 4 === 1 ? 'evt_same' : `evt_other_${i}`),
    ),
  )
  expect(await ledger(orderId)).toEqual([1_000])
  expect(await count(orderId, 'payment_received')).toBe(1)
  expect(await notices(orderId)).toBe(1)
  expect((await payment(paymentId)).status).toBe('CAPTURED')
})

test('repeated, lost and reordered webhooks leave the ledger with the provider’s final amount', async () => {
  const statuses = ['PENDING', 'AUTHORIZED', 'CAPTURED', 'FAILED'] as const
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.constantFrom(...statuses), fc.nat(3)), { minLength: 1, maxLength: 8 }),
      fc.boolean(),
      async (messages, together) => {
        const { orderId, paymentId, providerRef } = await onlineOrder()
        const send = ([status, copy]: (typeof messages)[number]) =>
          tell(providerRef, { status }, `evt_${paymentId}_${status}_${copy}`)
        if (together) await Promise.all(messages.map(send))
        else for (const message of messages) await send(message)
        const captured = messages.some(([status]) => status === 'CAPTURED')
        expect(await ledger(orderId)).toEqual(captured ? [1_000] : [])
        expect((await payment(paymentId)).status === 'CAPTURED').toBe(captured)
        expect(await count(orderId, 'payment_received')).toBe(captured ? 1 : 0)
        const distinct = new Set(messages.map(([status, copy]) => `${status} ${copy}`))
        expect(await db().paymentEvent.count({ where: { paymentId } })).toBe(distinct.size)
      },
    ),
    { numRuns: 25 },
  )
})

test('staff, customer, provider and the closing of the order at once leave one consistent state', async () => {
  for (let round = 0; round < 6; round++) {
    const { orderId, paymentId, providerRef } = await onlineOrder()
    await Promise.allSettled([
      tell(providerRef, {}),
      transitionOrder(app, shop.owner, { orderId, action: 'CANCEL' }),
      transitionPayment(app, shop.owner, { paymentId, action: 'CANCEL' }),
      tell(providerRef, { status: 'FAILED' }),
      startPayment(app, shop.owner, { orderId, method: 'BANK_TRANSFER' }),
      startPayment(app, shop.owner, { orderId, method: 'CASH_ON_DELIVERY' }),
    ])
    // The money was taken, so it is there whoever came first, and nothing else is waited for.
    expect(await ledger(orderId)).toEqual([1_000])
    expect((await payment(paymentId)).status).toBe('CAPTURED')
    const open = await db().payment.count({
      where: { orderId, status: { in: ['CREATED', 'PENDING', 'PROOF_SUBMITTED', 'AUTHORIZED'] } },
    })
    expect(open).toBe(0)
  }
})

describe('money that arrives late', () => {
  test('is captured and shows as toRefund on the cancelled order', async () => {
    const { orderId, paymentId, providerRef } = await onlineOrder()
    await transitionOrder(app, shop.owner, { orderId, action: 'CANCEL' })
    expect((await payment(paymentId)).status).toBe('CANCELLED')
    await tell(providerRef, {})
    expect((await payment(paymentId)).status).toBe('CAPTURED')
    expect(await ledger(orderId)).toEqual([1_000])
  })

  test('on a replaced link cancels the payment that replaced it', async () => {
    const { orderId, providerRef } = await onlineOrder()
    const transfer = await startPayment(app, shop.owner, { orderId, method: 'BANK_TRANSFER' })
    await tell(providerRef, {})
    expect((await payment(transfer.id)).status).toBe('CANCELLED')
    expect(await ledger(orderId)).toEqual([1_000])
  })
})

describe('a provider that reports another amount', () => {
  test.each([
    ['less money', { amount: 999 }],
    ['more money', { amount: 1_001 }],
    ['another currency', { currency: 'MXN' }],
    ['nothing at all', { amount: 0 }],
  ])('(%s) is refused and shown, and the payment waits for a person', async (_what, reported) => {
    const { orderId, paymentId, providerRef } = await onlineOrder()
    expect(await tell(providerRef, reported)).toBe(true)
    expect(await ledger(orderId)).toEqual([])
    expect(await payment(paymentId)).toMatchObject({
      status: 'PENDING',
      expiresAt: null,
      failureReason: expect.stringMatching(/Nothing was credited/),
    })
    expect(await db().auditEntry.count({ where: { action: 'payment.mismatch', subjectId: paymentId } })).toBe(1)
    await tell(providerRef, reported)
    expect(await db().auditEntry.count({ where: { action: 'payment.mismatch', subjectId: paymentId } })).toBe(1)
    // A proof that is right after all is accepted.
    await tell(providerRef, {})
    expect(await ledger(orderId)).toEqual([1_000])
    expect((await payment(paymentId)).failureReason).toBeNull()
  })
})

test('concurrent refunds never exceed the captured amount', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 2, maxLength: 6 }), async (amounts) => {
      const { orderId, paymentId } = await orderPaidBy(app, shop, 'CASH_ON_DELIVERY')
      await transitionPayment(app, shop.owner, { paymentId, action: 'MARK_COLLECTED' })
      const results = await Promise.allSettled(
        amounts.map((amount) => recordRefund(app, shop.owner, { paymentId, amount, reason: 'test' })),
      )
      const given = results.flatMap(({ status }, i) => (status === 'fulfilled' ? [amounts[i] ?? 0] : []))
      const entries = await ledger(orderId)
      const left = entries.reduce((sum, amount) => sum + amount, 0)
      expect(left).toBe(1_000 - given.reduce((sum, amount) => sum + amount, 0))
      expect(left).toBeGreaterThanOrEqual(0)
      // The refused amount would have been too much.
      for (const [i, { status }] of results.entries())
        if (status === 'rejected') expect(amounts[i]).toBeGreaterThan(left)
    }),
    { numRuns: 10 },
  )
})

test('concurrent collections of the same cash capture once', async () => {
  const { orderId, paymentId } = await orderPaidBy(app, shop, 'CASH_ON_DELIVERY')
  const results = await Promise.allSettled(
    Array.from({ length: 8 }, () => transitionPayment(app, shop.owner, { paymentId, action: 'MARK_COLLECTED' })),
  )
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  expect(await ledger(orderId)).toEqual([1_000])
})

test('a webhook about an unknown payment is not ingested', async () => {
  expect(await tell(crypto.randomUUID(), {})).toBe(false)
})
