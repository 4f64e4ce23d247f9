import fc from 'fast-check'
import { setImmediate as turn } from 'node:timers/promises'
import { afterEach, expect, test, vi } from 'vitest'
import type { WebSocket } from 'ws'
import { AppError } from '../errors.ts'
import type { FeedItem } from '../events/feed.ts'
import { createEventStreams } from '../events/stream.ts'
import { createFakeLog, MERCHANT, range } from '../events/testing.ts'
import { socketSink } from '../http/socket-sink.ts'
import { createGroups, type Execute, type Membership } from './groups.ts'

afterEach(() => vi.useRealTimers())

/** The part of a socket that `socketSink` uses. */
class FakeSocket {
  readonly OPEN = 1
  readyState = 1
  bufferedAmount = 0
  closed: number | undefined
  terminated = false
  readonly seen: number[] = []
  readonly ids = new Set<string>()

  send(bytes: Buffer): void {
    const { id, type, payload } = JSON.parse(bytes.toString()) as {
      id: string
      type: string
      payload: { data: { sequence: number } }
    }
    expect(type).toBe('next')
    this.ids.add(id)
    this.seen.push(payload.data.sequence)
  }

  close(code: number): void {
    this.closed ??= code
    this.readyState = 2
  }

  terminate(): void {
    this.terminated = true
  }
}

const answer = async (item: FeedItem) => ({
  data: { sequence: item.kind === 'event' ? item.event.sequence : -item.sequence },
})

function open(execute: Execute = answer) {
  const fake = createFakeLog()
  const streams = createEventStreams({ ...fake.deps, heartbeatMs: 60_000 })
  const groups = createGroups(streams)
  let operations = 0
  /** Subscribes as server/subscriptions/subscriptions.ts does; `left` resolves when the subscriber is live or has left. */
  const join = (after?: number, groupKey = 'all') => {
    const socket = new FakeSocket()
    const operationId = `operation ${operations++}`
    const sink = socketSink(socket as unknown as WebSocket, operationId)
    const position = after === undefined ? undefined : { sequence: after, incarnation: '' }
    const request = { merchantId: MERCHANT, after: position, wants: () => true }
    let membership: Membership | undefined
    let gone = false
    const follow = async () => {
      try {
        membership = await groups.join({ request, groupKey }, execute)
        if (gone) membership.leave()
        await membership.follow(sink)
      } catch (error) {
        membership?.leave()
        if (error instanceof AppError && error.code === 'CURSOR_INVALID') throw error
        sink.end('UNREADABLE')
      }
    }
    const left = follow()
    left.catch(() => {})
    const leave = async () => {
      gone = true
      membership?.leave()
      await left
    }
    return { socket, operationId, left, leave }
  }
  return { fake, streams, groups, join }
}

async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) await turn()
}

test('an event is executed once and reaches every socket under the id of its own operation', async () => {
  const execute = vi.fn(answer)
  const { fake, join } = open(execute)
  const joined = [join(), join(), join()]
  await settle()
  fake.commit(2)
  fake.publish(1, 2)
  await settle()
  expect(joined.map(({ socket }) => socket.seen)).toEqual([
    [1, 2],
    [1, 2],
    [1, 2],
  ])
  expect(joined.map(({ socket, operationId }) => [...socket.ids].join() === operationId)).toEqual([true, true, true])
  expect(execute).toHaveBeenCalledTimes(2)
})

test('a late subscriber with a cursor gets the backfill and then live events, each once', async () => {
  const { fake, join } = open()
  join()
  await settle()
  fake.commit(700)
  fake.publish(...range(0, 700))
  const late = join(3)
  fake.commit(5)
  fake.publish(...range(700, 705))
  await settle()
  expect(late.socket.seen).toEqual(range(3, 705))
})

test('events of a backlog are executed together, so that they share reads, and sent in order', async () => {
  let running = 0
  let most = 0
  const { fake, join } = open(async (item) => {
    most = Math.max(most, ++running)
    await turn()
    running--
    return answer(item)
  })
  fake.commit(30)
  const resumed = join(0)
  await settle()
  expect(resumed.socket.seen).toEqual(range(0, 30))
  expect(most).toBe(30)
})

test('a subscriber that comes from a node ahead of this one gets no event twice', async () => {
  const { fake, join } = open()
  join()
  await settle()
  // Another node has sent the events; this node has not received their signal yet.
  fake.commit(5)
  const moved = join(4)
  await settle()
  fake.publish(5)
  await settle()
  expect(moved.socket.seen).toEqual([5])
})

test('a cursor beyond the end is refused, and leaves no group, feed or listener', async () => {
  const { fake, groups, streams, join } = open()
  const { left, socket } = join(7)
  await expect(left).rejects.toMatchObject({ code: 'CURSOR_INVALID' })
  expect([socket.closed, groups.stats(), streams.feeds(), fake.listeners()]).toEqual([
    undefined,
    { groups: 0, subscribers: 0 },
    [],
    0,
  ])
})

test('a socket is closed with 1013 when the log cannot be read, so that its client reconnects', async () => {
  const { fake, groups, join } = open()
  fake.state.failing = true
  const { socket } = join()
  await settle()
  expect([socket.closed, groups.stats().groups]).toEqual([1013, 0])
})

test('an event whose execution fails disconnects all subscribers, backfilling ones too, and a subscriber that resumes gets it', async () => {
  let unavailable = true
  const { fake, join } = open(async (item) => {
    if (unavailable && item.kind === 'event' && item.event.sequence === 600)
      throw new AppError('UNAVAILABLE', 'the database is away')
    return answer(item)
  })
  const live = join()
  await settle()
  fake.commit(599)
  fake.publish(...range(0, 599))
  await settle()
  let release = () => {}
  fake.readsWaitFor(() => new Promise((done) => (release = done)))
  const backfilling = join(0)
  await settle()
  fake.commit(1)
  fake.publish(600)
  await settle()
  fake.readsWaitFor(async () => {})
  release()
  await settle()
  expect([live.socket.closed, backfilling.socket.closed]).toEqual([1013, 1013])
  expect(live.socket.seen).toEqual(range(0, 599))

  unavailable = false
  const resumed = join(live.socket.seen.at(-1))
  await settle()
  expect(resumed.socket.seen).toEqual([600])
})

test('an event that failed during a backfill is executed again for the next subscriber, while the group continues', async () => {
  let unavailable = true
  const { fake, join } = open(async (item) => {
    if (unavailable && item.kind === 'event' && item.event.sequence === 3)
      throw new AppError('UNAVAILABLE', 'the database is away')
    return answer(item)
  })
  fake.commit(5)
  const live = join()
  await settle()
  const first = join(0)
  await settle()
  expect([first.socket.seen, first.socket.closed, live.socket.closed]).toEqual([[1, 2], 1013, undefined])
  unavailable = false
  const second = join(0)
  await settle()
  expect(second.socket.seen).toEqual(range(0, 5))
})

test('a socket that does not read is closed with 1013, disconnected without an answer, and resumes after its cursor', async () => {
  const { fake, join } = open()
  const [slow, quick] = [join(), join()]
  await settle()
  vi.useFakeTimers({ toFake: ['setTimeout'] })
  fake.commit(1)
  fake.publish(1)
  await settle()
  slow.socket.bufferedAmount = 5 * 1024 * 1024
  fake.commit(2)
  fake.publish(2, 3)
  await settle()
  expect([slow.socket.closed, slow.socket.terminated, slow.socket.seen]).toEqual([1013, false, [1]])
  expect([quick.socket.closed, quick.socket.seen]).toEqual([undefined, [1, 2, 3]])
  await vi.advanceTimersByTimeAsync(5_000)
  expect(slow.socket.terminated).toBe(true)
  const resumed = join(slow.socket.seen.at(-1))
  await settle()
  expect(resumed.socket.seen).toEqual([2, 3])
})

test('under any schedule of commits, signals, joins and departures, each subscriber gets every event after its cursor once and in order, and all resources are released', async () => {
  const step = fc.oneof(
    fc.record({ do: fc.constant('commit' as const), count: fc.integer({ min: 1, max: 4 }), signalled: fc.boolean() }),
    fc.record({
      do: fc.constant('join' as const),
      back: fc.integer({ min: 0, max: 6 }),
      group: fc.constantFrom('a', 'b'),
    }),
    fc.record({ do: fc.constant('leave' as const), which: fc.nat() }),
    fc.record({ do: fc.constant('again' as const), back: fc.integer({ min: 0, max: 4 }) }),
  )
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(step, fc.nat(6)), { maxLength: 40, size: 'max' }),
      fc.scheduler(),
      async (steps, scheduler) => {
        const { fake, groups, streams, join } = open((item) => scheduler.schedule(answer(item)))
        fake.commit(4)
        fake.readsWaitFor(() => scheduler.schedule(Promise.resolve()))
        const joined: (ReturnType<typeof join> & { after: number; gone: boolean })[] = []
        for (const groupKey of ['a', 'b']) joined.push({ ...join(0, groupKey), after: 0, gone: false })
        await scheduler.waitIdle()
        for (const [now, progress] of steps) {
          const { last } = fake.state
          if (now.do === 'commit') {
            fake.commit(now.count)
            if (now.signalled) fake.publish(...range(last, last + now.count))
          }
          if (now.do === 'again') fake.publish(Math.max(1, last - now.back))
          if (now.do === 'join') {
            const after = Math.max(0, last - now.back)
            joined.push({ ...join(after, now.group), after, gone: false })
          }
          if (now.do === 'leave' && joined.length > 0) {
            const one = joined[now.which % joined.length] as (typeof joined)[number]
            one.gone = true
            void one.leave()
          }
          for (let moves = progress; moves > 0 && scheduler.count() > 0; moves--) await scheduler.waitOne()
        }
        await scheduler.waitIdle()
        fake.reconnect()
        await scheduler.waitIdle()
        // Answers that are released in order after the last one may take a few more turns than the scheduler waits.
        await settle()
        for (const { socket, after, gone } of joined) {
          const all = range(after, fake.state.last)
          expect(socket.seen).toEqual(gone ? all.slice(0, socket.seen.length) : all)
        }
        const leaving = joined.map(({ leave }) => leave())
        await scheduler.waitFor(Promise.all(leaving))
        expect([groups.stats(), streams.feeds(), fake.listeners()]).toEqual([{ groups: 0, subscribers: 0 }, [], 0])
      },
    ),
    { numRuns: 300 },
  )
})
