import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { AppContext } from '../../server/context.ts'
import { markReadJob } from '../../server/features/conversations/jobs.ts'
import { jobDefinitions } from '../../server/features/jobs.ts'
import { jobImplementations } from '../../server/features/processors.ts'
import { recordDeadJob } from '../../server/jobs/dead-jobs.ts'
import { implementJob } from '../../server/jobs/kit.ts'
import { startWorkers } from '../../server/jobs/worker.ts'
import { until } from '../harness/processes.ts'
import { startTestStoreline, type TestStoreline } from '../harness/storeline.ts'

const DEAD = '{ deadJobs { edges { node { status reason attempts } } } }'
const ACTIVE = '{ jobs(filter: { state: ACTIVE }) { jobs { id attemptsMade } } }'
type Dead = { deadJobs: { edges: { node: { status: string; attempts: number } }[] } }
type Active = { jobs: { jobs: { id: string }[] } }

describe.each(['embedded', 'redis'] as const)('a worker that is killed, on the %s runtime', (runtime) => {
  let storeline: TestStoreline
  let app: AppContext
  let behave: (conversationId: string) => Promise<void>
  const runs: string[] = []
  const work = implementJob(markReadJob, async ({ conversationId }) => {
    runs.push(conversationId)
    await behave(conversationId)
  })
  beforeAll(async () => {
    storeline = await startTestStoreline({ runtime, roles: ['api'] })
    app = storeline.app
  })
  afterAll(() => storeline[Symbol.asyncDispose]())

  const start = () =>
    startWorkers(app, {
      definitions: jobDefinitions,
      implementations: jobImplementations.map((one) => (one.name === work.name ? work : one)),
      drainMs: 100,
    })
  const client = () => storeline.graphql(storeline.shop.key)
  const deadJobs = async () => (await client().run<Dead>(DEAD)).deadJobs.edges.map(({ node }) => node)
  /** Closes the workers as a kill does: their jobs stay locked until the lock expires. */
  const kill = (workers: ReturnType<typeof start>) => Promise.all(workers.workers.map((worker) => worker.close(true)))
  const never = () => new Promise<void>(() => {})

  test('leaves a job on its last attempt, which another worker runs again and does not dead-letter', async () => {
    const conversationId = crypto.randomUUID()
    const data = { merchantId: storeline.shop.merchantId, conversationId, at: 1 }
    behave = never
    const first = start()
    await app.queues.enqueue({ ...markReadJob.request(data), attempts: 1 })
    await until('it runs', () => runs.includes(conversationId))
    expect((await client().run<Active>(ACTIVE)).jobs.jobs.map(({ id }) => id)).toEqual([markReadJob.jobId(data)])
    await kill(first)
    behave = async () => {}
    await using _second = start()
    await until('it has run again', () => runs.filter((id) => id === conversationId).length === 2, 45_000)
    await until('nothing is left', async () => (await client().run<Active>(ACTIVE)).jobs.jobs.length === 0)
    expect(await deadJobs()).toEqual([])
  }, 90_000)

  test('after it has recorded a dead job and before the queue knows leaves one record, resolved when the job then succeeds', async () => {
    const conversationId = crypto.randomUUID()
    const data = { merchantId: storeline.shop.merchantId, conversationId, at: 1 }
    behave = async () => {
      await recordDeadJob(app, {
        queue: 'message_sending',
        name: markReadJob.name,
        jobId: markReadJob.jobId(data),
        payload: data,
        requestId: null,
        attempts: 1,
        retryOf: null,
        error: new Error('It failed.'),
      })
      await never()
    }
    const first = start()
    await app.queues.enqueue({ ...markReadJob.request(data), attempts: 1 })
    await until('it is recorded', async () => (await deadJobs()).length === 1)
    await kill(first)
    behave = async () => {}
    await using _second = start()
    await until('it is resolved', async () => (await deadJobs())[0]?.status === 'SUCCEEDED', 45_000)
    expect(await deadJobs()).toHaveLength(1)
    expect(runs.filter((id) => id === conversationId)).toHaveLength(2)
  }, 90_000)
})
