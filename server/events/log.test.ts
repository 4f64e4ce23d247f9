import { afterAll, beforeAll, expect, test } from 'vitest'
import { openTestApp, type TestApp } from '../../test/harness/app.ts'
import { until } from '../../test/harness/processes.ts'
import { createTestShop, type TestShop } from '../../test/harness/shop.ts'
import { systemActor } from '../auth/actor.ts'
import type { AppContext } from '../context.ts'
import { withTenant } from '../unit-of-work/unit-of-work.ts'
import { tenantStore } from '../db/tenant-pool.ts'
import { botConnected } from '../features/conversations/events.ts'
import type { EventRecord } from './kit.ts'
import { append } from './log.ts'
import { trimEvents } from './retention.ts'
import { relay } from './relay.ts'
import { relayLost } from './sweeper.ts'
import { LAGGING_ENDPOINT } from '../features/webhooks/deliveries/dispatch.ts'
import { range } from './testing.ts'
import { lookUpUnrelayed } from './lookups.ts'

let opened: TestApp
let app: AppContext
beforeAll(async () => {
  opened = await openTestApp()
  app = opened.app
})
afterAll(() => opened[Symbol.asyncDispose]())

const emit = ({ merchantId }: TestShop, times = 1): Promise<void> =>
  withTenant(app, systemActor(merchantId), async (unit) =>
    unit.emit(...Array.from({ length: times }, () => botConnected.draft(merchantId, {}))),
  )

const logOf = ({ merchantId }: TestShop): Promise<EventRecord[]> => app.log.after(merchantId, 0, 10_000)

/** Sequences that this process receives over pub/sub. */
async function listen({ merchantId }: TestShop) {
  const heard: number[] = []
  const stop = await app.pubsub.subscribe(
    'events',
    merchantId,
    (events) => void heard.push(...events.map(({ sequence }) => sequence)),
  )
  return { heard, stop }
}

test('with many concurrent transactions, a third of them rolled back, the log has no hole and no reader sees one', async () => {
  const shop = await createTestShop(app)
  const before = (await logOf(shop)).length
  const writing = Promise.all(
    Array.from({ length: 60 }, (_none, index) =>
      withTenant(app, systemActor(shop.merchantId), async (unit) => {
        unit.emit(...Array.from({ length: 1 + (index % 3) }, () => botConnected.draft(shop.merchantId, {})))
        if (index % 3 === 0) await unit.tx.$queryRaw`SELECT 1 / 0`
      }).then(
        () => 1 + (index % 3),
        () => 0,
      ),
    ),
  )
  const writes = { over: false }
  void writing.then(() => (writes.over = true))
  while (!writes.over) {
    const sequences = (await logOf(shop)).map(({ sequence }) => sequence)
    expect(sequences).toEqual(range(0, sequences.length))
  }
  const written = (await writing).reduce((sum, one) => sum + one, 0)
  expect(written).toBe(100)
  expect((await logOf(shop)).map(({ sequence }) => sequence)).toEqual(range(0, before + written))
})

test('sequence order is commit order: a transaction that appends waits until the one before has committed', async () => {
  const shop = await createTestShop(app)
  const { last: from } = await app.log.bounds(shop.merchantId)
  const prisma = await app.database.prisma()
  const order: string[] = []
  let commit = () => {}
  let appended = () => {}
  const hasAppended = new Promise<void>((done) => (appended = done))
  const slow = tenantStore.run({ merchantId: shop.merchantId }, () =>
    prisma.$transaction(async (tx) => {
      await append(tx, {
        merchantId: shop.merchantId,
        actor: 'early',
        requestId: null,
        drafts: [botConnected.draft(shop.merchantId, {})],
      })
      appended()
      await new Promise<void>((done) => (commit = done))
      order.push('early')
    }),
  )
  await hasAppended
  const late = emit(shop).then(() => order.push('late'))
  await until(
    'the later one waits',
    async () =>
      (
        await app.database.pool.query(
          `SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`,
        )
      ).rowCount,
  )
  expect(await app.log.after(shop.merchantId, from, 10)).toEqual([])
  commit()
  await Promise.all([slow, late])
  expect(order).toEqual(['early', 'late'])
  expect(
    (await app.log.after(shop.merchantId, from, 10)).map(({ actor, sequence }) => [actor === 'early', sequence]),
  ).toEqual([
    [true, from + 1],
    [false, from + 2],
  ])
})

test('committed events are published at once, as the log stores them, before the relay runs', async () => {
  const shop = await createTestShop(app)
  const { last } = await app.log.bounds(shop.merchantId)
  const announced: unknown[] = []
  const stop = await app.pubsub.subscribe('events', shop.merchantId, (events) => announced.push(...events))
  await emit(shop, 3)
  expect(announced).toEqual(await app.log.after(shop.merchantId, last, 10))
  expect(announced).toHaveLength(3)
  stop()
})

test('the relay publishes every event once and in order, and has nothing to do when it runs again', async () => {
  const shop = await createTestShop(app)
  await relay(app, shop.merchantId)
  const { last } = await app.log.bounds(shop.merchantId)
  await emit(shop, 250)
  const { heard, stop } = await listen(shop)
  expect(await relay(app, shop.merchantId)).toBe(250)
  expect(await relay(app, shop.merchantId)).toBe(0)
  expect(heard).toEqual(range(last, last + 250))
  stop()
})

test('concurrent relays of one merchant run one after the other, and publish no event twice', async () => {
  const shop = await createTestShop(app)
  await relay(app, shop.merchantId)
  const { last } = await app.log.bounds(shop.merchantId)
  await emit(shop, 30)
  const { heard, stop } = await listen(shop)
  const counts = await Promise.all([
    relay(app, shop.merchantId),
    relay(app, shop.merchantId),
    relay(app, shop.merchantId),
  ])
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(30)
  expect(heard).toEqual(range(last, last + 30))
  stop()
})

test('a relay that cannot enqueue reactions keeps its offset, and the next one does everything', async () => {
  const shop = await createTestShop(app)
  await relay(app, shop.merchantId)
  await emit(shop, 3)
  const failing = { ...app, queues: { ...app.queues, enqueue: () => Promise.reject(new Error('Redis is away')) } }
  await expect(relay(failing, shop.merchantId)).rejects.toThrow('Redis is away')
  expect(await relay(app, shop.merchantId)).toBe(3)
})

test('a merchant whose relay fails does not delay the others', async () => {
  const [bad, good] = [await createTestShop(app), await createTestShop(app)]
  for (const shop of [bad, good]) await relay(app, shop.merchantId)
  await emit(bad)
  await emit(good)
  const publish: typeof app.pubsub.publish = (topic, id, message) =>
    id === bad.merchantId ? Promise.reject(new Error('not this one')) : app.pubsub.publish(topic, id, message)
  const sweep = { lagging: LAGGING_ENDPOINT, olderThanMs: 0 }
  await expect(relayLost({ ...app, pubsub: { ...app.pubsub, publish } }, sweep)).rejects.toThrow('not this one')
  expect(await lookUpUnrelayed(app)).toEqual([bad.merchantId])
  await relayLost(app, sweep)
  expect(await lookUpUnrelayed(app)).toEqual([])
})

test('retention removes relayed events only, and a subscriber with an older cursor gets a gap', async () => {
  const shop = await createTestShop(app)
  await emit(shop, 5)
  await relay(app, shop.merchantId)
  const { last } = await app.log.bounds(shop.merchantId)
  await emit(shop, 2)
  expect(await trimEvents(app, shop.merchantId, { days: 0, readUpTo: 'NULL' })).toBe(last)
  const received: (string | number)[] = []
  await app.streams.backfill({
    merchantId: shop.merchantId,
    after: 0,
    upTo: () => last + 2,
    signal: new AbortController().signal,
    deliver: (items) =>
      void received.push(...items.map((item) => (item.kind === 'gap' ? `gap ${item.sequence}` : item.event.sequence))),
  })
  expect(received).toEqual([`gap ${last}`, last + 1, last + 2])
})
