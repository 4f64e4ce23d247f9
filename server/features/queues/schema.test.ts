import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { createTestShop, type TestShop } from '../../../test/harness/shop.ts'
import { startTestStoreline, type TestStoreline } from '../../../test/harness/storeline.ts'
import { queryMerchant } from '../../db/merchant-query.ts'
import type { AppContext } from '../../context.ts'
import { implementJob, type JobImplementation, type JobRun } from '../../jobs/kit.ts'
import { reportProgress } from '../../jobs/progress.ts'
import { startWorkers } from '../../jobs/worker.ts'
import { markReadJob } from '../conversations/jobs.ts'
import { cleanUpJob } from '../maintenance/jobs.ts'
import { jobDefinitions } from '../jobs.ts'
import { jobImplementations } from '../processors.ts'
import { sweepRetries } from './retrying.ts'

const DEAD =
  '{ deadJobs { totalCount edges { node { id queue name status reason attempts retries payload requestId } } } }'
const STATS = '{ queueStats { queue waiting active delayed failed completedLastMinute capped } }'
const JOBS =
  'query ($filter: JobFilter, $first: Int) { jobs(filter: $filter, first: $first) { capped jobs { id queue name state payload attemptsMade attempts lastProblem runsAt } } }'
const RETRY =
  'mutation ($input: RetryJobInput!) { retryJob(input: $input) { __typename ... on DeadJob { id status } ... on Error { message } } }'

type Dead = { id: string; status: string; reason: string; attempts: number; retries: number }
type DeadJobs = { deadJobs: { totalCount: number; edges: { node: Dead }[] } }
type Stats = { queue: string; waiting: number; active: number; delayed: number; failed: number; capped: boolean }
type Listed = { capped: boolean; jobs: { id: string; state: string; name: string; lastProblem: string | null }[] }

describe.each(['embedded', 'redis'] as const)('on the %s runtime', (runtime) => {
  let storeline: TestStoreline
  let app: AppContext
  let shop: TestShop
  /** Behaviour of the job, by the conversation it is about. */
  let behave: (conversationId: string, run: JobRun) => Promise<void>
  const runs: string[] = []
  const work = implementJob(markReadJob, async ({ conversationId }, run) => {
    runs.push(conversationId)
    await behave(conversationId, run)
  })
  const implementations: JobImplementation[] = jobImplementations.map((one) => (one.name === work.name ? work : one))

  beforeAll(async () => {
    storeline = await startTestStoreline({ runtime, roles: ['api'] })
    app = storeline.app
    shop = storeline.shop
  })
  afterAll(() => storeline[Symbol.asyncDispose]())

  const client = (headers = shop.key) => storeline.graphql(headers)
  const start = () => startWorkers(app, { definitions: jobDefinitions, implementations, drainMs: 300 })
  /** A job about a conversation of its own, that gives up after two quick attempts. */
  const request = (merchantId: string, conversationId: string = crypto.randomUUID(), delayMs = 0) => ({
    ...markReadJob.request({ merchantId, conversationId, at: 1 }, { delayMs }),
    attempts: 2,
    backoffMs: 10,
  })
  const deadJobs = async (headers = shop.key): Promise<Dead[]> =>
    (await client(headers).run<DeadJobs>(DEAD)).deadJobs.edges.map(({ node }) => node)
  const statsOf = async (headers = shop.key): Promise<Stats> => {
    const { queueStats } = await client(headers).run<{ queueStats: Stats[] }>(STATS)
    return queueStats.find(({ queue }) => queue === 'MESSAGE_SENDING') as Stats
  }
  const jobsOf = async (headers = shop.key, variables: object = { filter: { queue: 'MESSAGE_SENDING' } }) =>
    (await client(headers).run<{ jobs: Listed }>(JOBS, { ...variables })).jobs

  test('a job that always fails is dead-lettered once, emits an event, and can be retried to success', async () => {
    const conversationId = crypto.randomUUID()
    behave = async () => {
      throw new Error('WhatsApp says no to ana@example.com; token Bearer abcdefghijklmnop')
    }
    await using progress = client().subscribe('subscription { jobProgress { name dead subjectId } }')
    await progress.connected
    await using _workers = start()
    await vi.waitFor(async () => {
      await app.queues.enqueue(request(shop.merchantId, conversationId))
      expect(await deadJobs()).toHaveLength(1)
    }, 10_000)
    const [dead] = await deadJobs()
    expect(dead).toMatchObject({
      queue: 'MESSAGE_SENDING',
      name: 'mark-read',
      status: 'DEAD',
      attempts: 2,
      retries: 0,
      payload: { conversationId, at: 1 },
      reason: 'WhatsApp says no to …@…; token Bearer …',
    })
    expect(runs.filter((id) => id === conversationId)).toHaveLength(2)
    expect((await progress.next()).data).toMatchObject({
      jobProgress: { name: 'mark-read', dead: true, subjectId: dead?.id },
    })
    expect((await statsOf()).failed).toBe(1)

    behave = async () => {}
    const input = { deadJobId: dead?.id }
    const answers = await Promise.all([0, 1, 2].map(() => client().run<{ retryJob: Dead }>(RETRY, { input })))
    for (const { retryJob } of answers)
      expect(retryJob).toEqual({
        __typename: 'DeadJob',
        id: dead?.id,
        status: expect.stringMatching(/RETRYING|SUCCEEDED/),
      })
    await vi.waitFor(async () => expect((await deadJobs())[0]?.status).toBe('SUCCEEDED'), 10_000)
    expect(runs.filter((id) => id === conversationId)).toHaveLength(3)
    expect(await client().run(RETRY, { input })).toMatchObject({ retryJob: { status: 'SUCCEEDED' } })
    expect((await statsOf()).failed).toBe(0)
    const audit = await queryMerchant(app, shop.merchantId, `SELECT 1 FROM audit_entry WHERE action = 'job.retry'`)
    expect(audit).toHaveLength(1)
  })

  test('a job that fails again keeps its record, with all attempts', async () => {
    const conversationId = crypto.randomUUID()
    const other = await createTestShop(app)
    behave = async () => {
      throw new Error('still no')
    }
    await using _workers = start()
    await app.queues.enqueue(request(other.merchantId, conversationId))
    await vi.waitFor(async () => expect(await deadJobs(other.key)).toMatchObject([{ status: 'DEAD' }]), 10_000)
    const [dead] = await deadJobs(other.key)
    await client(other.key).run(RETRY, { input: { deadJobId: dead?.id } })
    // The definition's own three attempts, with pauses of a second and two.
    await vi.waitFor(
      async () => expect(await deadJobs(other.key)).toMatchObject([{ status: 'DEAD', attempts: 5, retries: 1 }]),
      15_000,
    )
    expect(runs.filter((id) => id === conversationId)).toHaveLength(5)
  })

  test('the sweep repeats a retry whose signal was lost', async () => {
    const other = await createTestShop(app)
    behave = async () => {
      throw new Error('no')
    }
    {
      await using _workers = start()
      await app.queues.enqueue(request(other.merchantId))
      await vi.waitFor(async () => expect(await deadJobs(other.key)).toHaveLength(1), 10_000)
    }
    // As if the process had died between its commit and asking.
    await queryMerchant(
      app,
      other.merchantId,
      `UPDATE dead_job SET retried_at = now() - interval '1 minute', retries = 1`,
    )
    behave = async () => {}
    await using _workers = start()
    await sweepRetries.run(app)
    await sweepRetries.run(app)
    await vi.waitFor(async () => expect(await deadJobs(other.key)).toMatchObject([{ status: 'SUCCEEDED' }]), 10_000)
  })

  test('an unreadable job is dead-lettered, with an error that this version cannot run it', async () => {
    const other = await createTestShop(app)
    await using _workers = start()
    const broken = { ...request(other.merchantId), payload: { merchantId: other.merchantId, at: 'soon' } }
    await app.queues.enqueue(broken)
    await vi.waitFor(async () => expect(await deadJobs(other.key)).toHaveLength(1), 10_000)
    const [dead] = await deadJobs(other.key)
    expect(dead?.reason).toContain('does not fit this version')
    expect(dead?.reason).toContain('conversationId')
    expect(await client(other.key).run(RETRY, { input: { deadJobId: dead?.id } })).toMatchObject({
      retryJob: { __typename: 'JobOutdatedError' },
    })
  })

  test('a shop sees its own jobs by state, and none of other shops', async () => {
    const [a, b] = [await createTestShop(app), await createTestShop(app)]
    const held: (() => void)[] = []
    behave = () => new Promise<void>((done) => held.push(done))
    await using _workers = start()
    const own = crypto.randomUUID()
    await app.queues.enqueue(request(a.merchantId, own), request(a.merchantId, crypto.randomUUID(), 60_000))
    await app.queues.enqueue(request(b.merchantId), request(b.merchantId), request(b.merchantId))
    await vi.waitFor(() => expect(held).toHaveLength(4), 10_000)
    await vi.waitFor(async () => expect(await statsOf(a.key)).toMatchObject({ active: 1, delayed: 1, waiting: 0 }))
    expect(await statsOf(b.key)).toMatchObject({ active: 3, delayed: 0, capped: false })
    expect(await jobsOf(a.key)).toMatchObject({
      capped: false,
      jobs: [
        { name: 'mark-read', state: 'ACTIVE', payload: { conversationId: own, at: 1 }, runsAt: null, attempts: 2 },
        { state: 'DELAYED', runsAt: expect.any(String) },
      ],
    })
    expect((await jobsOf(a.key, { filter: { state: 'DELAYED' } })).jobs).toHaveLength(1)
    expect(await jobsOf(b.key, { first: 2 })).toMatchObject({ capped: true, jobs: [{}, {}] })
    for (const done of held) done()
    await vi.waitFor(async () =>
      expect(await statsOf(b.key)).toMatchObject({ active: 0, waiting: 0, completedLastMinute: 3 }),
    )
    expect(await statsOf(a.key)).toMatchObject({ active: 0, delayed: 1, completedLastMinute: 1 })
  })

  test('jobs of a shop are counted up to a limit and marked as more; jobs that vanished are dropped', async () => {
    const [many, few] = [await createTestShop(app), await createTestShop(app)]
    await app.queues.enqueue(
      ...Array.from({ length: 1_005 }, () => request(many.merchantId, crypto.randomUUID(), 600_000)),
      request(few.merchantId, crypto.randomUUID(), 600_000),
    )
    await vi.waitFor(async () => expect(await statsOf(many.key)).toMatchObject({ delayed: 1_000, capped: true }))
    expect(await statsOf(few.key)).toMatchObject({ delayed: 1, capped: false })
    const [job] = (await jobsOf(few.key)).jobs
    await app.queues.queue('message_sending').remove(job?.id ?? '')
    expect(await statsOf(few.key)).toMatchObject({ delayed: 0 })
    expect((await jobsOf(few.key)).jobs).toEqual([])
  })

  test('a job that waits for its next attempt has the error of the last one', async () => {
    const other = await createTestShop(app)
    behave = async () => {
      throw new Error('not now')
    }
    await using _workers = start()
    await app.queues.enqueue({ ...request(other.merchantId), backoffMs: 60_000 })
    await vi.waitFor(
      async () =>
        expect(await jobsOf(other.key)).toMatchObject({
          jobs: [{ state: 'DELAYED', attemptsMade: 1, lastProblem: 'not now' }],
        }),
      10_000,
    )
  })

  test('progress reaches the subscribers of the shop only, at a limited rate', async () => {
    const other = await createTestShop(app)
    await using ours = client().subscribe('subscription { jobProgress(queue: MESSAGE_SENDING) { subjectId percent } }')
    await using theirs = client(other.key).subscribe('subscription { jobProgress { subjectId percent } }')
    await Promise.all([ours.connected, theirs.connected])
    const data = { merchantId: shop.merchantId, conversationId: crypto.randomUUID(), at: 1 }
    const report = (percent: number, subjectId: string) =>
      reportProgress(app, { merchantId: shop.merchantId, job: markReadJob, data, subjectId, percent })
    // The subscription's own acknowledgement is not seen from here: told until heard.
    await vi.waitFor(async () => {
      await report(140, 'the image')
      expect(ours.received.length).toBeGreaterThan(0)
    })
    expect(ours.received[0]?.data).toEqual({ jobProgress: { subjectId: 'the image', percent: 100 } })
    await vi.waitFor(async () => {
      await reportProgress(app, { merchantId: other.merchantId, job: markReadJob, data, subjectId: 'x', percent: 1 })
      expect(theirs.received.length).toBeGreaterThan(0)
    })
    expect(theirs.received.map((answer) => answer.data)).toEqual(
      theirs.received.map(() => ({ jobProgress: { subjectId: 'x', percent: 1 } })),
    )
  })

  test('scheduled jobs are listed', async () => {
    await app.queues
      .queue('maintenance')
      .upsertJobScheduler(cleanUpJob.name, { every: 3_600_000 }, { name: cleanUpJob.name, data: { payload: {} } })
    const { scheduledJobs } = await client().run<{ scheduledJobs: unknown[] }>(
      '{ scheduledJobs { queue name everySeconds nextRunAt } }',
    )
    expect(scheduledJobs).toEqual([
      { queue: 'MAINTENANCE', name: 'clean-up', everySeconds: 3600, nextRunAt: expect.any(String) },
    ])
  })

  test('the metrics count failed jobs, without names of shops', async () => {
    const metrics = await (await fetch(`${storeline.url}/metrics`)).text()
    expect(metrics).toMatch(/^storeline_dead_jobs_total\{queue="message_sending"\} [3-9]/m)
    expect(metrics).toMatch(/^storeline_queue_jobs\{queue="message_sending",state="failed"\} \d/m)
    expect(metrics).not.toContain(shop.merchantId)
  })
})
