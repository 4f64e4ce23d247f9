import { afterAll, beforeAll, expect, test } from 'vitest'
import { processDuePaymentJob } from '../../server/features/payments/jobs.ts'
import { decideCheckout, readCheckout } from '../../server/features/payments/sandbox/checkouts.ts'
import { graphqlClient } from '../harness/graphql-client.ts'
import { openFleet, type Fleet } from '../harness/fleet.ts'
import { createPaidShop, orderPaidBy, sandboxWebhook } from '../harness/payments.ts'
import { until, type RunningProcess } from '../harness/processes.ts'
import { tenantDb, type TenantDb } from '../harness/tenant-db.ts'

let fleet: Fleet
let shop: Awaited<ReturnType<typeof createPaidShop>>
let db: TenantDb
let worker: RunningProcess

beforeAll(async () => {
  fleet = await openFleet()
  shop = await createPaidShop(fleet.app, { dueMinutes: 24 * 60 })
  db = tenantDb(fleet.app.database, shop.merchantId)
}, 90_000)
afterAll(() => fleet?.[Symbol.asyncDispose]())

const MINUTE = 60_000
const eventsOf = async (orderId: string, type: string) =>
  (await fleet.app.log.about(shop.merchantId, orderId, 100)).filter((event) => event.type === type).length
const noticesOf = (orderId: string, text: string) => db.message.count({ where: { orderId, text: { contains: text } } })

test('when workers are killed while they remind and expire payments, each payment gets one reminder or one expiry, and the stock of expired orders is released', async () => {
  const orders: Awaited<ReturnType<typeof orderPaidBy>>[] = []
  for (let i = 0; i < 24; i++) orders.push(await orderPaidBy(fleet.app, shop, i % 3 === 0 ? 'ONLINE' : 'BANK_TRANSFER'))
  const expired = orders.filter((_order, i) => i % 2 === 0)
  const dueSoon = orders.filter((_order, i) => i % 2 === 1)
  const setTime = async (list: typeof orders, msLeft: number) => {
    const expiresAt = new Date(Date.now() + msLeft)
    const createdAt = new Date(Date.now() - 24 * 60 * MINUTE)
    const ids = list.map(({ paymentId }) => paymentId)
    await db.payment.updateMany({ where: { id: { in: ids } }, data: { expiresAt, createdAt } })
  }
  await setTime(expired, -1_000)
  await setTime(dueSoon, 90 * MINUTE)
  const jobs = orders.map(({ paymentId }) => processDuePaymentJob.request({ merchantId: shop.merchantId, paymentId }))
  await fleet.app.queues.queue('order_processing').obliterate({ force: true })
  await fleet.app.queues.enqueue(...jobs)

  const done = () => db.payment.count({ where: { OR: [{ status: 'EXPIRED' }, { remindedAt: { not: null } }] } })
  for (const enough of [1, 8, 16]) {
    worker = await fleet.start('worker')
    await until(`${enough} payments are processed`, async () => (await done()) >= enough, 40_000)
    worker.kill('SIGKILL')
    await worker.exited
  }
  worker = await fleet.start('worker')
  await until('every payment is processed', async () => (await done()) === orders.length, 60_000)

  for (const { orderId } of expired) {
    expect((await db.order.findUniqueOrThrow({ where: { id: orderId } })).status).toBe('CANCELLED')
    expect(await eventsOf(orderId, 'payment_failed')).toBe(1)
    expect(await noticesOf(orderId, 'time to pay')).toBe(1)
  }
  for (const { orderId } of dueSoon) {
    expect((await db.order.findUniqueOrThrow({ where: { id: orderId } })).status).toBe('PENDING')
    expect(await noticesOf(orderId, 'Please pay')).toBe(1)
  }
  const { reserved } = await db.variant.findUniqueOrThrow({ where: { id: shop.variantId } })
  expect(reserved).toBe(dueSoon.length)
  worker.kill('SIGTERM')
  await worker.exited
}, 180_000)

test('two processes that learn of the same payment at the same time, from clients and from the provider, record it once', async () => {
  const [one, two] = await Promise.all([fleet.start('api'), fleet.start('api')])
  const confirm = `mutation ($id: ID!) { confirmPayment(input: { paymentId: $id }) { ... on Payment { status } } }`
  const clients = [one, two].map(({ url }) => graphqlClient(url, shop.key))
  for (let round = 0; round < 5; round++) {
    const { orderId, paymentId } = await orderPaidBy(fleet.app, shop, 'ONLINE')
    const { providerRef } = await db.payment.findUniqueOrThrow({ where: { id: paymentId } })
    const checkout = await readCheckout(fleet.app, shop.merchantId, providerRef ?? '')
    if (!checkout) throw new Error('no checkout')
    await decideCheckout(fleet.app, checkout, 'PAID')
    const { raw, headers } = sandboxWebhook(fleet.app, {
      checkout: checkout.id,
      status: 'PAID',
      amount: 1_000,
      currency: 'USD',
    })
    const webhook = (url: string) =>
      fetch(`${url}/webhooks/payments/sandbox`, { method: 'POST', body: raw as BodyInit, headers })
    const answers = await Promise.all([
      ...clients.flatMap((client) => [
        client.send(confirm, { id: paymentId }),
        client.send(confirm, { id: paymentId }),
      ]),
      webhook(one.url),
      webhook(two.url),
      webhook(one.url),
      webhook(two.url),
    ])
    for (const answer of answers)
      if (answer instanceof Response) expect(answer.status).toBe(200)
      else expect(answer.data).toEqual({ confirmPayment: { status: 'CAPTURED' } })
    expect(await db.ledgerEntry.count({ where: { orderId } })).toBe(1)
    expect(await eventsOf(orderId, 'payment_received')).toBe(1)
    expect(await noticesOf(orderId, 'received')).toBe(1)
    expect(await db.paymentEvent.count({ where: { paymentId } })).toBe(1)
  }
}, 120_000)
