import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import * as z from 'zod'
import { openTestApp, type TestApp } from '../../test/harness/app.ts'
import { startRedis, type TestRedis } from '../../test/harness/redis.ts'
import { openRedis } from '../db/redis.ts'
import { redisBackend } from './backend.ts'
import { defineJob, type QueueName } from './kit.ts'
import { openQueues, type JobQueues } from './queues.ts'

const jobOf = (queue: QueueName) =>
  defineJob({
    queue,
    name: `work-${queue.replace('_', '-')}`,
    schema: z.object({ merchantId: z.uuid(), n: z.number() }),
    id: ({ merchantId, n }) => `${merchantId}.${n}`,
    attempts: 1,
    backoffMs: 10,
  })
const [order, message, webhook] = (['order_processing', 'message_sending', 'webhook_delivery'] as const).map(jobOf)

describe('on Redis', () => {
  let redis: TestRedis
  let producer: Awaited<ReturnType<typeof openRedis>>
  let backend: ReturnType<typeof redisBackend>
  let queues: JobQueues

  beforeAll(async () => {
    redis = await startRedis()
    producer = await openRedis(redis.url)
    backend = redisBackend(redis.url, producer)
    queues = openQueues(backend)
    // The first use of a script sends its text.
    await queues.enqueue(order!.request({ merchantId: randomUUID(), n: 0 }))
    await queues.enqueue(order!.request({ merchantId: randomUUID(), n: 0 }, { delayMs: 60_000 }))
  })
  afterAll(async () => {
    await queues[Symbol.asyncDispose]()
    await backend[Symbol.asyncDispose]()
    producer.disconnect()
    await redis[Symbol.asyncDispose]()
  })

  test('the jobs of all commits of a tick, over all queues, take one round trip with the index of each merchant', async () => {
    const shops = Array.from({ length: 3 }, () => randomUUID())
    const writes = vi.spyOn((producer as unknown as { stream: { write: () => boolean } }).stream, 'write')
    const commits = shops.map((merchantId) => [
      queues.enqueue(order!.request({ merchantId, n: 1 }, { delayMs: 60_000 }), message!.request({ merchantId, n: 1 })),
      queues.enqueue(webhook!.request({ merchantId, n: 1 })),
    ])
    await Promise.all(commits.flat())
    expect(writes).toHaveBeenCalledTimes(1)
    writes.mockRestore()
    for (const merchantId of shops) {
      const open = await Promise.all(
        (['order_processing', 'message_sending', 'webhook_delivery'] as const).map(
          async (name) => (await backend.merchantJobs.read(merchantId, name)).open,
        ),
      )
      expect(open).toEqual([
        [{ id: order!.jobId({ merchantId, n: 1 }), state: 'DELAYED' }],
        [{ id: message!.jobId({ merchantId, n: 1 }), state: 'WAITING' }],
        [{ id: webhook!.jobId({ merchantId, n: 1 }), state: 'WAITING' }],
      ])
    }
  })

  test('a job that several commits of a tick request is scheduled once', async () => {
    const merchantId = randomUUID()
    const before = await queues.queue('message_sending').getWaitingCount()
    await Promise.all([1, 1, 2, 1].map((n) => queues.enqueue(message!.request({ merchantId, n }))))
    expect(await queues.queue('message_sending').getWaitingCount()).toBe(before + 2)
  })

  test('a Redis that refuses writes rejects every commit of the tick, and accepts the next ones', async () => {
    const merchantId = randomUUID()
    await redis.command('CONFIG', 'SET', 'maxmemory', '1mb')
    const refused = await Promise.allSettled([1, 2].map((n) => queues.enqueue(message!.request({ merchantId, n }))))
    expect(refused.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    await redis.command('CONFIG', 'SET', 'maxmemory', '0')
    await Promise.all([1, 2].map((n) => queues.enqueue(message!.request({ merchantId, n }))))
    expect((await backend.merchantJobs.read(merchantId, 'message_sending')).open).toHaveLength(2)
  })
})

describe('embedded', () => {
  let opened: TestApp
  beforeAll(async () => {
    opened = await openTestApp()
  })
  afterAll(() => opened[Symbol.asyncDispose]())

  test('the jobs of all commits of a tick reach their queues, and settled() waits for them', async () => {
    const { queues, jobBackend } = opened.app
    const merchantId = randomUUID()
    for (const n of [1, 2, 3])
      void queues.enqueue(message!.request({ merchantId, n }), webhook!.request({ merchantId, n }))
    await delay(0)
    await queues.settled()
    for (const name of ['message_sending', 'webhook_delivery'] as const)
      expect((await jobBackend.merchantJobs.read(merchantId, name)).open).toHaveLength(3)
  })
})
