import { setTimeout as delay } from 'node:timers/promises'
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import * as z from 'zod'
import { openTestApp, type TestApp } from '../../test/harness/app.ts'
import { createTestShop } from '../../test/harness/shop.ts'
import { tenantDb } from '../../test/harness/tenant-db.ts'
import { currentRequestId, withRequestId } from '../request-id.ts'
import { countDeadJobs } from './dead-jobs.ts'
import { defineJob, implementJob, TryLaterError, type JobRun } from './kit.ts'
import { lastingWork } from './lasting-work.ts'
import { startWorkers } from './worker.ts'

const BEHAVIOURS = [
  'well',
  'fail-once',
  'fail-always',
  'later-once',
  'until-stopped',
  'database-gone-once',
  'peer-gone-always',
] as const
const work = defineJob({
  queue: 'maintenance',
  name: 'work',
  schema: z.object({
    id: z.uuid(),
    behaviour: z.enum(BEHAVIOURS),
    retryOf: z.number().optional(),
    merchantId: z.uuid().optional(),
  }),
  id: ({ id, retryOf }) => (retryOf ? `${id}.${retryOf}` : id),
  attempts: 3,
  backoffMs: 10,
})

let testApp: TestApp
const runs: { id: string; attempt: number; lastAttempt: boolean; requestId: string | null }[] = []
let stopped = false
const implementation = implementJob(work, async ({ id, behaviour }, { attempt, lastAttempt, signal }: JobRun) => {
  const before = runs.filter((one) => one.id === id).length
  runs.push({ id, attempt, lastAttempt, requestId: currentRequestId() })
  if (behaviour === 'fail-always' || (behaviour === 'fail-once' && before === 0)) throw new Error('it broke')
  // The error of PostgreSQL when it is stopped.
  if (behaviour === 'database-gone-once' && before === 0)
    throw Object.assign(new Error('terminating'), { code: '57P01' })
  if (behaviour === 'peer-gone-always') throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
  if (behaviour === 'later-once' && before === 0) throw new TryLaterError(20, 'not yet')
  if (behaviour === 'until-stopped') {
    await new Promise<void>((done) => signal.addEventListener('abort', () => done()))
    stopped = true
    throw new Error('stopped')
  }
})

beforeAll(async () => {
  testApp = await openTestApp()
})
afterAll(() => testApp[Symbol.asyncDispose]())

const runsOf = (id: string) => runs.filter((one) => one.id === id)
const settled = (id: string) =>
  vi.waitFor(async () => {
    const job = await testApp.app.queues.queue('maintenance').getJob(`work.${id}`)
    expect(job && ((await job.isCompleted()) || (await job.isFailed()))).toBe(true)
  }, 10_000)
const start = () => startWorkers(testApp.app, { definitions: [work], implementations: [implementation], drainMs: 300 })

describe('a worker', () => {
  test('runs a job with the request id of its producer', async () => {
    await using _workers = start()
    const id = randomUUID()
    await withRequestId('request-4711', () => testApp.app.queues.enqueue(work.request({ id, behaviour: 'well' })))
    await settled(id)
    expect(runsOf(id)).toEqual([{ id, attempt: 1, lastAttempt: false, requestId: 'request-4711' }])
  })

  test('runs a job once, even when it is enqueued several times while it waits', async () => {
    const id = randomUUID()
    for (let i = 0; i < 3; i++)
      await testApp.app.queues.enqueue(work.request({ id, behaviour: 'well' }), work.request({ id, behaviour: 'well' }))
    await using _workers = start()
    await settled(id)
    expect(runsOf(id)).toHaveLength(1)
  })

  test('retries a failed job, passes `lastAttempt`, and moves the job to the failed ones after the last attempt', async () => {
    await using _workers = start()
    const [once, always] = [randomUUID(), randomUUID()]
    await testApp.app.queues.enqueue(
      work.request({ id: once, behaviour: 'fail-once' }),
      work.request({ id: always, behaviour: 'fail-always' }),
    )
    await Promise.all([settled(once), settled(always)])
    expect(runsOf(once).map(({ attempt }) => attempt)).toEqual([1, 2])
    expect(runsOf(always).map(({ attempt, lastAttempt }) => [attempt, lastAttempt])).toEqual([
      [1, false],
      [2, false],
      [3, true],
    ])
    expect(await (await testApp.app.queues.queue('maintenance').getJob(`work.${always}`))?.isFailed()).toBe(true)
  })

  test('delays a job that throws TryLaterError without using up an attempt', async () => {
    await using _workers = start()
    const id = randomUUID()
    await testApp.app.queues.enqueue(work.request({ id, behaviour: 'later-once' }))
    await settled(id)
    expect(runsOf(id).map(({ attempt }) => attempt)).toEqual([1, 1])
  })

  test('keeps a job in its queue while its failure cannot be recorded', async () => {
    const { app } = testApp
    const counted = async () => (await countDeadJobs(app)).get('maintenance') ?? 0
    const before = await counted()
    let refusals = 0
    const pool = new Proxy(app.database.pool, {
      get: (target, name) => {
        if (name !== 'query' || refusals > 0) return Reflect.get(target, name, target) as unknown
        return () => {
          refusals++
          return Promise.reject(Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }))
        }
      },
    })
    await using _workers = startWorkers(
      { ...app, database: { ...app.database, pool } },
      { definitions: [work], implementations: [implementation], drainMs: 300 },
    )
    const id = randomUUID()
    await app.queues.enqueue({ ...work.request({ id, behaviour: 'fail-always' }), attempts: 1 })
    await vi.waitFor(() => expect(refusals).toBe(1), 10_000)
    expect(await (await app.queues.queue('maintenance').getJob(`work.${id}`))?.isFailed()).toBe(false)
    await settled(id)
    expect(runsOf(id).map(({ lastAttempt }) => lastAttempt)).toEqual([true, true])
    expect(await counted()).toBe(before + 1)
  })

  test('uses up no attempt when the database is unreachable, and one when another server is unreachable', async () => {
    const { app } = testApp
    await using _workers = start()
    const [database, peer] = [randomUUID(), randomUUID()]
    const before = (await countDeadJobs(app)).get('maintenance') ?? 0
    const once = (id: string, behaviour: (typeof BEHAVIOURS)[number]) => ({
      ...work.request({ id, behaviour }),
      attempts: 1,
    })
    await app.queues.enqueue(once(database, 'database-gone-once'), once(peer, 'peer-gone-always'))
    await Promise.all([settled(database), settled(peer)])
    expect(runsOf(database).map(({ lastAttempt }) => lastAttempt)).toEqual([true, true])
    expect(await (await app.queues.queue('maintenance').getJob(`work.${database}`))?.isCompleted()).toBe(true)
    expect(runsOf(peer)).toHaveLength(1)
    expect((await countDeadJobs(app)).get('maintenance')).toBe(before + 1)
  })

  test('resolves a dead job when a new job does the same work', async () => {
    const { app } = testApp
    await using _workers = start()
    const { merchantId } = await createTestShop(app)
    const [one, other] = [randomUUID(), randomUUID()]
    for (const id of [one, other])
      await app.queues.enqueue({ ...work.request({ id, behaviour: 'fail-once', merchantId }), attempts: 1 })
    await Promise.all([settled(one), settled(other)])
    const dead = () =>
      tenantDb(app.database, merchantId).deadJob.findMany({ where: { succeededAt: null }, select: { jobId: true } })
    expect(await dead()).toHaveLength(2)
    await app.queues.enqueue(work.request({ id: one, behaviour: 'fail-once', merchantId, retryOf: 1 }))
    await vi.waitFor(async () => expect(await dead()).toEqual([{ jobId: `work.${other}` }]), 10_000)
  })

  test('aborts jobs that outlast the drain time when it stops', async () => {
    const workers = start()
    const id = randomUUID()
    await testApp.app.queues.enqueue(work.request({ id, behaviour: 'until-stopped' }))
    await vi.waitFor(() => expect(runsOf(id)).toHaveLength(1), 10_000)
    await workers[Symbol.asyncDispose]()
    expect(stopped).toBe(true)
  })

  test('waits for what outlasts its jobs when it stops', async () => {
    const workers = start()
    const id = randomUUID()
    await testApp.app.queues.enqueue(work.request({ id, behaviour: 'well' }))
    await vi.waitFor(() => expect(runsOf(id)).toHaveLength(1), 10_000)
    let ended = false
    testApp.app.state(lastingWork).add(delay(300).then(() => void (ended = true)))
    await workers[Symbol.asyncDispose]()
    expect(ended).toBe(true)
  })

  test('refuses to start when a job has no implementation', () => {
    expect(() => startWorkers(testApp.app, { definitions: [work], implementations: [] })).toThrow(
      'Job "work" has no implementation',
    )
  })
})
