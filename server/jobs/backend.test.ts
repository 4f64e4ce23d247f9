import { setTimeout as delay } from 'node:timers/promises'
import { expect, test, vi } from 'vitest'
import { startRedis } from '../../test/harness/redis.ts'
import { openRedis } from '../db/redis.ts'
import { redisBackend } from './backend.ts'

test('a worker waits between attempts to fetch a job while a full Redis refuses them, and continues afterwards', async () => {
  await using redis = await startRedis()
  const producer = await openRedis(redis.url)
  await using backend = redisBackend(redis.url, producer)
  const queue = backend.openQueue('maintenance')
  await queue.addBulk([1, 2, 3].map((n) => ({ name: 'work', data: { n }, opts: { attempts: 2 } })))
  const done = new Set<number>()
  const { promise: started, resolve: start } = withResolvers()
  const { promise: full, resolve: fill } = withResolvers()
  let runs = 0
  const work = async ({ data }: { data: { n: number } }) => {
    start()
    await full
    // After a failed job the worker fetches the next one with a request of its own.
    if (++runs === 1) throw new Error('it failed')
    done.add(data.n)
  }
  const worker = backend.openWorker('maintenance', work, { concurrency: 1, lockDuration: 60_000 })
  const refusals = async (): Promise<number> =>
    Number(/errorstat_OOM:count=(\d+)/.exec(String(await redis.command('INFO', 'errorstats')))?.[1] ?? 0)

  await started
  await redis.command('CONFIG', 'SET', 'maxmemory', '1mb')
  fill()
  await vi.waitFor(async () => expect(await refusals()).toBeGreaterThan(0), 5_000)
  const before = await refusals()
  await delay(2_000)
  expect((await refusals()) - before).toBeLessThan(10)

  await redis.command('CONFIG', 'SET', 'maxmemory', '0')
  await vi.waitFor(() => expect([...done].toSorted()).toEqual([1, 2, 3]), 20_000)
  await worker.close()
  await queue.close()
  producer.disconnect()
}, 60_000)

function withResolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {}
  const promise = new Promise<void>((done) => (resolve = done))
  return { promise, resolve }
}
