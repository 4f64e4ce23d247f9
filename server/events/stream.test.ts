import fc from 'fast-check'
import { setImmediate as turn } from 'node:timers/promises'
import { afterEach, expect, test, vi } from 'vitest'
import type { FeedItem } from './feed.ts'
import { createEventStreams } from './stream.ts'
import { createFakeLog, MERCHANT, range } from './testing.ts'

afterEach(() => vi.useRealTimers())

const HEARTBEAT_MS = 60_000
const open = (fake = createFakeLog()) => ({
  fake,
  streams: createEventStreams({ ...fake.deps, heartbeatMs: HEARTBEAT_MS }),
})
const sequenceOf = (item: FeedItem): number => (item.kind === 'event' ? item.event.sequence : -item.sequence)

/** A follower; gaps are noted as negative sequences. */
async function follow(streams: ReturnType<typeof open>['streams']) {
  const seen: number[] = []
  const lease = await streams.follow(MERCHANT, (items) => void seen.push(...items.map(sequenceOf)))
  return { seen, ...lease }
}

/** Lets everything that can happen without time passing happen. */
async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) await turn()
}

test('events published twice or late are delivered in order, each once', async () => {
  const { fake, streams } = open()
  const { seen } = await follow(streams)
  fake.commit(4)
  fake.publish(1, 2)
  fake.publish(2, 1, 3)
  fake.publish(4, 4)
  await settle()
  expect(seen).toEqual([1, 2, 3, 4])
  expect(fake.state.reads).toBe(0)
})

test('a hole is filled from the log', async () => {
  const { fake, streams } = open()
  const { seen } = await follow(streams)
  fake.commit(5)
  fake.publish(5)
  await settle()
  expect(seen).toEqual([1, 2, 3, 4, 5])
})

test('the heartbeat reads events whose signal was lost, and a reconnection reads them at once', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  const { fake, streams } = open()
  const { seen } = await follow(streams)
  fake.commit(2)
  await vi.advanceTimersByTimeAsync(HEARTBEAT_MS)
  await settle()
  expect(seen).toEqual([1, 2])
  fake.commit(1)
  fake.reconnect()
  await settle()
  expect(seen).toEqual([1, 2, 3])
})

test('a hole larger than the buffer does not stop the feed', async () => {
  const { fake, streams } = open()
  const { seen } = await follow(streams)
  fake.commit(7_000)
  fake.publish(...range(1, 7_000))
  await settle()
  expect(seen).toEqual(range(0, 7_000))
})

test('events that retention removed unseen are delivered as a gap, and reading ends', async () => {
  const { fake, streams } = open()
  const { seen } = await follow(streams)
  fake.commit(10)
  fake.state.trimmed = 8
  fake.publish(10)
  await settle()
  expect(seen).toEqual([-8, 9, 10])
  const { reads } = fake.state
  await settle()
  expect(fake.state.reads).toBe(reads)
})

test('a signal for an event that the log lacks does not read for ever', async () => {
  const { fake, streams } = open()
  await follow(streams)
  fake.publish(3)
  await settle()
  expect(fake.state.reads).toBeLessThan(5)
})

test('no event is lost while the database is unreachable', async () => {
  const { fake, streams } = open()
  const { seen } = await follow(streams)
  fake.commit(2)
  fake.state.failing = true
  fake.publish(2)
  await settle()
  expect(seen).toEqual([])
  fake.state.failing = false
  fake.reconnect()
  await settle()
  expect(seen).toEqual([1, 2])
})

test('a feed that failed to start is not reused, and leaves no subscription', async () => {
  const { fake, streams } = open()
  fake.state.failing = true
  await expect(follow(streams)).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  expect([fake.listeners(), streams.feeds()]).toEqual([0, []])
  fake.state.failing = false
  const { seen } = await follow(streams)
  fake.commit(1)
  fake.publish(1)
  expect(seen).toEqual([1])
})

test('a reconnection while a feed starts reads no events from before its start', async () => {
  const { fake, streams } = open()
  fake.commit(2_000)
  fake.readsWaitFor(async () => void (await turn()))
  const starting = follow(streams)
  await Promise.resolve()
  fake.reconnect()
  const { seen, from } = await starting
  await settle()
  expect({ seen, from, reads: fake.state.reads }).toEqual({ seen: [], from: 2_000, reads: 0 })
})

test('streams that are disposed while a feed starts leave no subscription', async () => {
  const { fake, streams } = open()
  let go = () => {}
  fake.readsWaitFor(() => new Promise((done) => (go = done)))
  const starting = follow(streams)
  await settle()
  await streams[Symbol.asyncDispose]()
  go()
  await starting
  expect(fake.listeners()).toBe(0)
})

test('subscribers may join and leave in any order: after the last one there is no feed and no subscription', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.boolean(), { maxLength: 30 }), fc.scheduler(), async (joins, scheduler) => {
      const { fake, streams } = open()
      fake.readsWaitFor(() => scheduler.schedule(Promise.resolve()))
      const work = joins.map(async (twice) => {
        const { stop } = await follow(streams)
        await scheduler.schedule(Promise.resolve())
        stop()
        if (twice) stop()
      })
      await scheduler.waitFor(Promise.all(work))
      expect([fake.listeners(), streams.feeds()]).toEqual([0, []])
    }),
    { numRuns: 100 },
  )
})

test('a cursor beyond the end of the log is refused; one beyond the last sequence of this process is not', async () => {
  const { fake, streams } = open()
  fake.commit(3)
  const signal = new AbortController().signal
  const backfill = (after: number) =>
    streams.backfill({ merchantId: MERCHANT, after, upTo: () => 1, signal, deliver: () => {} })
  expect(await backfill(3)).toBe(3)
  await expect(backfill(4)).rejects.toMatchObject({ code: 'CURSOR_INVALID' })
})

test('a cursor older than the log gets a gap and every event after it', async () => {
  const { fake, streams } = open()
  fake.commit(1_200)
  fake.state.trimmed = 700
  const seen: number[] = []
  const reached = await streams.backfill({
    merchantId: MERCHANT,
    after: 3,
    upTo: () => 1_200,
    signal: new AbortController().signal,
    deliver: (items) => void seen.push(...items.map(sequenceOf)),
  })
  expect([reached, seen]).toEqual([1_200, [-700, ...range(700, 1_200)]])
})

test('under any schedule of commits, of lost, repeated and reordered signals, and of slow reads, a follower gets every event once, in order', async () => {
  const step = fc.oneof(
    fc.record({ do: fc.constant('commit' as const), count: fc.integer({ min: 1, max: 5 }) }),
    fc.record({
      do: fc.constant('publish' as const),
      back: fc.array(fc.integer({ min: 0, max: 8 }), { maxLength: 6 }),
    }),
    fc.record({ do: fc.constant('reconnect' as const) }),
    fc.record({ do: fc.constant('outage' as const), failing: fc.boolean() }),
  )
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(step, fc.nat(4)), { maxLength: 40, size: 'max' }),
      fc.scheduler(),
      async (steps, scheduler) => {
        const { fake, streams } = open()
        fake.commit(3)
        fake.readsWaitFor(() => scheduler.schedule(Promise.resolve()))
        const { seen, from, stop } = await scheduler.waitFor(follow(streams))
        for (const [now, progress] of steps) {
          if (now.do === 'commit') fake.commit(now.count)
          if (now.do === 'publish')
            fake.publish(...now.back.map((back) => fake.state.last - back).filter((sequence) => sequence > 0))
          if (now.do === 'reconnect') fake.reconnect()
          if (now.do === 'outage') fake.state.failing = now.failing
          for (let moves = progress; moves > 0 && scheduler.count() > 0; moves--) await scheduler.waitOne()
        }
        fake.state.failing = false
        await scheduler.waitIdle()
        fake.reconnect()
        await scheduler.waitIdle()
        expect(seen).toEqual(range(from, fake.state.last))
        stop()
      },
    ),
    { numRuns: 300 },
  )
})

test('a cursor is compared with the log while the feed of its merchant starts', async () => {
  const { fake, streams } = open()
  const forked = vi.spyOn(fake.deps.log, 'resume').mockResolvedValue({ sequence: 3, forked: true })
  vi.spyOn(fake.deps.log, 'bounds').mockImplementation(async () => {
    await turn()
    return { last: 9, trimmed: 0, incarnation: 'restored' }
  })
  const following = follow(streams)
  const gap = { kind: 'gap', cause: 'RESTORED', sequence: 3, incarnation: 'restored' }
  expect(await streams.resume(MERCHANT, { sequence: 5, incarnation: '' })).toEqual({ sequence: 3, gap })
  await following
  expect(await streams.resume(MERCHANT, { sequence: 9, incarnation: 'restored' })).toEqual({ sequence: 9, gap: null })
  expect(forked).toHaveBeenCalledTimes(1)
})

test('a backfill reads the next page while a page is delivered, and no further one', async () => {
  const { fake, streams } = open()
  fake.commit(1_600)
  let release = () => {}
  const seen: number[] = []
  const options = { merchantId: MERCHANT, after: 0, upTo: () => 1_600, signal: { aborted: false } }
  const reading = streams.backfill({
    ...options,
    deliver: (items) => {
      seen.push(...items.map(sequenceOf))
      return new Promise((done) => (release = done))
    },
  })
  for (const reads of [2, 3, 4, 4]) {
    await settle()
    expect(fake.state.reads).toBe(reads)
    release()
  }
  expect(await reading).toBe(1_600)
  expect(seen).toEqual(range(0, 1_600))
})
