import type { AppContext } from '../../context.ts'
import { QUEUES, type QueueName } from '../../jobs/kit.ts'
import type { OpenJob, OpenState } from '../../jobs/merchant-jobs.ts'
import { AppError } from '../../errors.ts'
import { countDead } from './queries.ts'

/** The numbers of one shop's jobs in a queue, by state. Those of open jobs are exact unless `capped`. */
export type QueueStats = {
  queue: QueueName
  waiting: number
  active: number
  delayed: number
  failed: number
  completedLastMinute: number
  capped: boolean
}

export async function queueStats(app: AppContext, merchantId: string): Promise<QueueStats[]> {
  const dead = await countDead(app, merchantId)
  return Promise.all(
    QUEUES.map(async (queue) => {
      const { open, capped, completed } = await app.jobBackend.merchantJobs.read(merchantId, queue)
      const count = (state: OpenState) => open.filter((job) => job.state === state).length
      return {
        queue,
        waiting: count('WAITING'),
        active: count('ACTIVE'),
        delayed: count('DELAYED'),
        failed: dead.get(queue) ?? 0,
        completedLastMinute: completed,
        capped,
      }
    }),
  )
}

/** An open job, as the shop may see it. Times are ms since 1970. */
export type MerchantJobRow = {
  id: string
  queue: QueueName
  name: string
  state: OpenState
  payload: unknown
  attemptsMade: number
  attempts: number
  lastProblem: string | null
  askedAt: number
  runsAt: number | null
}

export type JobFilter = { queue?: QueueName | null; state?: OpenState | null }

const MAX_JOBS = 100
const ORDER: OpenState[] = ['ACTIVE', 'WAITING', 'DELAYED']

/**
 * The shop's open jobs: active, then waiting, then delayed ones, each newest first.
 *
 * @throws AppError BAD_INPUT when more than 100 are requested.
 */
export async function listJobs(
  app: AppContext,
  merchantId: string,
  { filter, first }: { filter: JobFilter; first: number },
): Promise<{ jobs: MerchantJobRow[]; capped: boolean }> {
  if (first < 0 || first > MAX_JOBS)
    throw new AppError('BAD_INPUT', `At most ${MAX_JOBS} jobs can be listed; ${first} were requested.`)
  const queues = filter.queue ? [filter.queue] : QUEUES
  const perQueue = await Promise.all(
    queues.map(async (queue) => ({ queue, ...(await app.jobBackend.merchantJobs.read(merchantId, queue)) })),
  )
  const wanted = ORDER.filter((state) => !filter.state || filter.state === state).flatMap((state) =>
    perQueue.flatMap(({ queue, open }) => open.filter((job) => job.state === state).map((job) => ({ queue, ...job }))),
  )
  const jobs = await Promise.all(wanted.slice(0, first).map((job) => loadJob(app, job)))
  return {
    jobs: jobs.flatMap((job) => job ?? []),
    capped: wanted.length > first || perQueue.some(({ capped }) => capped),
  }
}

/** The job, or null when it has ended. */
async function loadJob(app: AppContext, { queue, id, state }: OpenJob & { queue: QueueName }) {
  const job = await app.queues.queue(queue).getJob(id)
  if (!job) return null
  const row: MerchantJobRow = {
    id,
    queue,
    name: job.name,
    state,
    payload: (job.data as { payload?: unknown }).payload,
    attemptsMade: job.attemptsMade,
    attempts: job.opts.attempts ?? 1,
    lastProblem: job.failedReason || null,
    askedAt: job.timestamp,
    runsAt: state === 'DELAYED' ? (job.processedOn ?? job.timestamp) + job.delay : null,
  }
  return row
}

/** A scheduled job of the installation. */
export type ScheduledJob = { queue: QueueName; name: string; everySeconds: number | null; nextRunAt: Date | null }

export async function scheduledJobs(app: AppContext): Promise<ScheduledJob[]> {
  const perQueue = await Promise.all(
    QUEUES.map(async (queue) =>
      (await app.queues.queue(queue).getJobSchedulers(0, 99)).map(({ name, every, next }) => ({
        queue,
        name,
        everySeconds: every ? Math.round(Number(every) / 1000) : null,
        nextRunAt: next ? new Date(Number(next)) : null,
      })),
    ),
  )
  return perQueue.flat()
}

const VISIBLE = /^([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d{4}-\d\d-\d\dT[\d:.]+Z)$/i

/**
 * The part of a payload that a shop may see: ids, instants, numbers and booleans. By convention payloads contain nothing else;
 * texts and secrets are removed here.
 */
export function visiblePayload(payload: unknown): Record<string, string | number | boolean> {
  if (typeof payload !== 'object' || payload === null) return {}
  return Object.fromEntries(
    Object.entries(payload).filter(
      ([name, value]) =>
        name !== 'merchantId' &&
        (typeof value === 'number' || typeof value === 'boolean' || (typeof value === 'string' && VISIBLE.test(value))),
    ),
  )
}
