import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { openTestApp, type TestApp } from '../../test/harness/app.ts'
import { createTestShop, type TestShop } from '../../test/harness/shop.ts'
import { webhooksOf } from '../../test/harness/webhooks.ts'
import { systemActor } from '../auth/actor.ts'
import type { AppContext } from '../context.ts'
import { queryMerchant } from '../db/merchant-query.ts'
import { botConnected } from '../features/conversations/events.ts'
import { dispatchWebhooks, LAGGING_ENDPOINT } from '../features/webhooks/deliveries/dispatch.ts'
import { lookUpUndispatched } from '../features/webhooks/lookups.ts'
import { withTenant } from '../unit-of-work/unit-of-work.ts'
import { lookUpUnrelayed, lookUpUnsettled } from './lookups.ts'
import { relay } from './relay.ts'
import { relayLost } from './sweeper.ts'

let testApp: TestApp
let app: AppContext
beforeAll(async () => {
  testApp = await openTestApp()
  app = testApp.app
})
afterAll(() => testApp[Symbol.asyncDispose]())

const emit = (from: AppContext, { merchantId }: TestShop): Promise<void> =>
  withTenant(from, systemActor(merchantId), async (unit) => unit.emit(botConnected.draft(merchantId, {})))
const relayed = async ({ merchantId }: TestShop): Promise<number | undefined> =>
  (await queryMerchant<{ n: number }>(app, merchantId, 'SELECT relayed::float8 AS n FROM event_relay'))[0]?.n
const last = async ({ merchantId }: TestShop): Promise<number> => (await app.log.bounds(merchantId)).last
const sweep = () => relayLost(app, { lagging: LAGGING_ENDPOINT, olderThanMs: 0 })

test('the committing process relays its events and settles the log, without a job and without a sweep', async () => {
  const shop = await createTestShop(app)
  for (let n = 0; n < 3; n++) await emit(app, shop)
  expect(await lookUpUnsettled(app, 0)).toContain(shop.merchantId)
  await vi.waitFor(async () => expect(await lookUpUnsettled(app, 0)).not.toContain(shop.merchantId), 5_000)
  expect(await relayed(shop)).toBe(await last(shop))
  expect(await app.queues.queue('relay').count()).toBe(0)
})

test('an offset passes no event that its process has not relayed; the sweep relays it', async () => {
  const shop = await createTestShop(app)
  await sweep()
  const before = await last(shop)
  // A process that dies after its commit.
  await emit({ ...app, notifyCommit: () => {} }, shop)
  await emit(app, shop)
  await new Promise((done) => setTimeout(done, 1_500))
  expect(await relayed(shop)).toBe(before)
  expect(await lookUpUnrelayed(app)).toEqual([shop.merchantId])
  await sweep()
  expect(await relayed(shop)).toBe(before + 2)
  expect(await lookUpUnsettled(app, 0)).toEqual([])
})

test('the age of an event is measured by the clock of the database, because clocks of nodes differ', async () => {
  const shop = await createTestShop(app)
  await sweep()
  await emit({ ...app, notifyCommit: () => {} }, shop)
  const slow = vi.spyOn(Date, 'now').mockReturnValue(Date.now() - 3_600_000)
  try {
    await vi.waitFor(async () => expect(await relay(app, shop.merchantId, { minAgeMs: 100 })).toBe(1), 5_000)
  } finally {
    slow.mockRestore()
  }
})

test('a log stays unsettled while an endpoint lags, and becomes so by a replay', async () => {
  const shop = await createTestShop(app)
  const webhooks = webhooksOf(app, shop)
  const { id } = await webhooks.create({ url: 'https://receiver.example/' })
  await webhooks.emit(2)
  await sweep()
  expect(await lookUpUnrelayed(app)).toEqual([])
  expect(await lookUpUnsettled(app, 0)).toEqual([shop.merchantId])
  expect(await lookUpUndispatched(app, 0)).toEqual([shop.merchantId])
  await dispatchWebhooks(app, shop.merchantId)
  expect(await lookUpUndispatched(app, 0)).toEqual([])
  await sweep()
  expect(await lookUpUnsettled(app, 0)).toEqual([])
  const text = 'UPDATE webhook_endpoint SET cursor = cursor - 1 WHERE id = $1'
  await queryMerchant(app, shop.merchantId, text, [id])
  expect(await lookUpUndispatched(app, 0)).toEqual([shop.merchantId])
  await dispatchWebhooks(app, shop.merchantId)
  await sweep()
  expect(await lookUpUnsettled(app, 0)).toEqual([])
})

test('an event that commits while its log is settled keeps it unsettled', async () => {
  const shop = await createTestShop(app)
  await sweep()
  await emit({ ...app, notifyCommit: () => {} }, shop)
  const { promise: held, resolve: release } = (() => {
    let resolve = () => {}
    return { promise: new Promise<void>((done) => (resolve = done)), resolve: () => resolve() }
  })()
  const begun = withTenant({ ...app, notifyCommit: () => {} }, systemActor(shop.merchantId), async ({ tx }) => {
    await tx.$executeRaw`UPDATE event_counter SET last = last + 1 WHERE merchant_id = ${shop.merchantId}::uuid`
    await tx.$executeRaw`INSERT INTO event (merchant_id, sequence, id, type, subject_id, data, actor)
      SELECT merchant_id, last, ${randomUUID()}::uuid, 'bot_connected', merchant_id, '{}', 'SYSTEM' FROM event_counter`
    await held
  })
  await vi.waitFor(async () =>
    expect(
      (
        await app.database.pool.query(
          `SELECT 1 FROM pg_stat_activity WHERE state = 'idle in transaction' AND datname = current_database()`,
        )
      ).rowCount,
    ).toBe(1),
  )
  const settling = sweep()
  await new Promise((done) => setTimeout(done, 100))
  release()
  await Promise.all([begun, settling])
  expect(await lookUpUnrelayed(app)).toEqual([shop.merchantId])
  await sweep()
  expect(await lookUpUnsettled(app, 0)).toEqual([])
})
