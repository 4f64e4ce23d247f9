import { randomUUID } from 'node:crypto'
import { expect, test, vi } from 'vitest'
import * as z from 'zod'
import { openTestApp } from '../../test/harness/app.ts'
import { startRedis } from '../../test/harness/redis.ts'
import { defineJob, implementJob } from './kit.ts'
import { startWorkers } from './worker.ts'

const processImage = defineJob({
  queue: 'media_processing',
  name: 'process-image',
  schema: z.object({ merchantId: z.uuid(), n: z.number() }),
  id: ({ merchantId, n }) => `${merchantId}.${n}`,
  attempts: 1,
  backoffMs: 10,
  fair: true,
})

test.each(['embedded', 'redis'] as const)(
  'a shop with many jobs in a fair queue takes turns with other shops, on the %s runtime',
  async (runtime) => {
    await using redis = runtime === 'redis' ? await startRedis() : undefined
    await using opened = await openTestApp(redis ? { REDIS_URL: redis.url } : {})
    const { queues } = opened.app
    const [busy, other] = [randomUUID(), randomUUID()]
    const of = (merchantId: string, count: number, from = 0) =>
      Array.from({ length: count }, (_, n) => processImage.request({ merchantId, n: from + n }))
    await queues.enqueue(...of(busy, 20))
    await vi.waitFor(async () =>
      expect(await opened.app.jobBackend.merchantJobs.count(busy, 'media_processing')).toBe(20),
    )
    await queues.enqueue(...of(busy, 5, 20))
    await queues.enqueue(...of(other, 3))

    const order: string[] = []
    const work = implementJob(processImage, async ({ merchantId }) => {
      order.push(merchantId === other ? 'other' : 'busy')
    })
    await using _workers = startWorkers(opened.app, { definitions: [processImage], implementations: [work] })
    await vi.waitFor(() => expect(order).toHaveLength(28), 10_000)
    // The other shop's three jobs are done after three of the busy shop's jobs and the one or two that were running.
    expect(order.lastIndexOf('other')).toBeLessThanOrEqual(7)
  },
)
