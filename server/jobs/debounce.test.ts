import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, test, vi } from 'vitest'
import * as z from 'zod'
import { openTestApp } from '../../test/harness/app.ts'
import { startRedis } from '../../test/harness/redis.ts'
import { defineJob, implementJob } from './kit.ts'
import { startWorkers } from './worker.ts'

const readAll = defineJob({
  queue: 'webhook_delivery',
  name: 'read-all',
  schema: z.object({ merchantId: z.uuid(), n: z.number() }),
  id: ({ merchantId, n }) => `${merchantId}.${n}`,
  debounce: ({ merchantId }) => merchantId,
  attempts: 3,
  backoffMs: 10,
})

test.each(['embedded', 'redis'] as const)(
  'debounced work runs once at a time, and after every request once more, on the %s runtime',
  async (runtime) => {
    await using redis = runtime === 'redis' ? await startRedis() : undefined
    await using opened = await openTestApp(redis ? { REDIS_URL: redis.url } : {})
    const merchantId = randomUUID()
    let written = 0
    let read = 0
    let running = 0
    let most = 0
    let runs = 0
    const work = implementJob(readAll, async (_data, { attempt }) => {
      most = Math.max(most, ++running)
      runs++
      const seen = written
      // Requests after this line find a run under way that has read already.
      await delay(Math.random() * 20)
      running--
      if (attempt === 1 && Math.random() < 0.2) throw new Error('now and then an attempt fails')
      read = seen
    })
    await using _workers = startWorkers(opened.app, { definitions: [readAll], implementations: [work] })
    const requests = 150
    for (let n = 1; n <= requests; n++) {
      written = n
      const enqueued = opened.app.queues.enqueue(readAll.request({ merchantId, n }))
      if (Math.random() < 0.5) await enqueued
      await delay(Math.random() * 12)
    }
    await opened.app.queues.settled()
    await vi.waitFor(() => expect(read).toBe(requests), 10_000)
    expect(most).toBe(1)
    expect(runs).toBeLessThan(requests)
  },
)

test.each(['embedded', 'redis'] as const)(
  'of requests while one waits, one is left, on the %s runtime',
  async (runtime) => {
    await using redis = runtime === 'redis' ? await startRedis() : undefined
    await using opened = await openTestApp(redis ? { REDIS_URL: redis.url } : {})
    const { queues } = opened.app
    const [merchantId, other] = [randomUUID(), randomUUID()]
    for (let n = 1; n <= 5; n++) await queues.enqueue(readAll.request({ merchantId, n }))
    await Promise.all([1, 2].map((n) => queues.enqueue(readAll.request({ merchantId: other, n }))))
    const waiting = await queues.queue('webhook_delivery').getWaiting()
    expect(new Set(waiting.map(({ id }) => id))).toEqual(
      new Set([readAll.jobId({ merchantId, n: 1 }), readAll.jobId({ merchantId: other, n: 1 })]),
    )
    // A retry of a failed job runs by itself, because its record ends with it.
    await queues.enqueue({ ...readAll.request({ merchantId, n: 9 }), retryOf: randomUUID() })
    expect(await queues.queue('webhook_delivery').getWaitingCount()).toBe(3)
  },
)
