import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { openTestApp, type TestApp } from '../../test/harness/app.ts'
import type { AppContext } from '../context.ts'
import { startSweeper } from './sweeper.ts'

let testApp: TestApp
let app: AppContext
beforeAll(async () => {
  testApp = await openTestApp()
  app = testApp.app
})
afterAll(() => testApp[Symbol.asyncDispose]())

/** A sweeping worker that counts its sweeps. */
function startCounting(app: AppContext) {
  let runs = 0
  const count = async () => void runs++
  const sweeper = startSweeper(app, [{ name: 'counting', everyMs: 20, run: count }])
  return { sweeper, runs: () => runs }
}

test('one worker sweeps at a time, and another goes on at once when it stops', async () => {
  const first = startCounting(app)
  await vi.waitFor(() => expect(first.runs()).toBeGreaterThan(2))
  await using second = startCounting(app).sweeper
  const third = startCounting(app)
  await delay(300)
  expect(third.runs()).toBe(0)
  await first.sweeper[Symbol.asyncDispose]()
  await second[Symbol.asyncDispose]()
  await vi.waitFor(() => expect(third.runs()).toBeGreaterThan(0), 3_000)
  await third.sweeper[Symbol.asyncDispose]()
})

test('a worker that vanished is replaced within seconds, and one that lost its lease stops sweeping', async () => {
  let isGone = false
  const query: typeof app.database.pool.query = ((...args: [never]) =>
    isGone ? Promise.reject(new Error('unreachable')) : app.database.pool.query(...args)) as never
  const vanishing = startCounting({ ...app, database: { ...app.database, pool: { query } as never } })
  await vi.waitFor(() => expect(vanishing.runs()).toBeGreaterThan(2))
  isGone = true
  const next = startCounting(app)
  await vi.waitFor(() => expect(next.runs()).toBeGreaterThan(2), 6_000)
  const before = vanishing.runs()
  await delay(200)
  expect(vanishing.runs()).toBe(before)
  for (const { sweeper } of [vanishing, next]) await sweeper[Symbol.asyncDispose]()
})

test('sweeps that are due together take turns, and a long one holds up no other for long', async () => {
  let running = 0
  let most = 0
  let short = 0
  const end = new AbortController()
  const brief = async () => {
    most = Math.max(most, ++running)
    await delay(5)
    running--
    short++
  }
  const forever = () => new Promise<void>((done) => end.signal.addEventListener('abort', () => done()))
  const names = ['one', 'two', 'three', 'four']
  const together = startSweeper(
    app,
    names.map((name) => ({ name, everyMs: 20, run: brief })),
  )
  await vi.waitFor(() => expect(short).toBeGreaterThan(20), 5_000)
  expect(most).toBe(1)
  await together[Symbol.asyncDispose]()
  short = 0
  const beside = startSweeper(app, [
    { name: 'long', everyMs: 20, run: forever },
    { name: 'short', everyMs: 20, run: brief },
  ])
  await vi.waitFor(() => expect(short).toBeGreaterThan(3), 5_000)
  end.abort()
  await beside[Symbol.asyncDispose]()
})
