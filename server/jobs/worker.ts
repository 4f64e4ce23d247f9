import { availableParallelism } from 'node:os'
import { DelayedError, type Job, type Worker } from 'bullmq'
import { z } from 'zod'
import type { AppContext } from '../context.ts'
import { isDatabaseUnreachable, isUnreachable, isWaitInVain } from '../db/errors.ts'
import { isRedisAway, withinTime } from '../db/redis.ts'
import { asWork } from '../db/work.ts'
import { withRequestId } from '../request-id.ts'
import { resolveDeadJob, resolveDeadJobs, recordDeadJob, resolveRetriedJob } from './dead-jobs.ts'
import { type JobImplementation, matchProcessors, QUEUES, type QueueName, TryLaterError } from './kit.ts'
import { reasonOf } from './reason.ts'
import { merchantOfPayload } from './merchant-jobs.ts'

const CONCURRENCY: Record<QueueName, number> = {
  relay: 8,
  order_processing: 8,
  message_sending: 24,
  // A picture at work takes a core and up to 200 MB. One core is left to those who wait for an answer.
  media_processing: Math.max(1, Math.min(2, availableParallelism() - 1)),
  // Nearly all of an attempt is waiting for somebody else's server.
  webhook_delivery: 192,
  maintenance: 2,
}

/** Milliseconds that workers may take to close after their jobs have ended. */
const AWAY_MS = 2_000
/** The shortest delay of a job that could not reach the database, in ms. */
const AGAIN_MS = 1_000
/** Milliseconds that the database may take to answer a check. */
const ASK_MS = 2_000
/** Delay of a job whose failure could not be recorded, in ms. */
const RECORD_LATER_MS = 5_000

/** Delay of a job that found a row locked or no connection free, in ms. */
const BUSY_LATER_MS = 2_000

/** A job's data in the queue: its payload and metadata. */
const envelope = z.object({
  payload: z.unknown(),
  requestId: z.string().nullish(),
  /** Id of the dead job that this one retries. */
  retryOf: z.uuid().nullish(),
})
type Envelope = z.infer<typeof envelope>

/**
 * Runs every queue in this process until disposed. Disposing lets running jobs finish for `drainMs`, then aborts them;
 * what is aborted runs again elsewhere. A job whose last attempt fails is recorded before the queue gives it up.
 *
 * @throws Error at boot when a job has no implementation, or more than one.
 */
export function startWorkers(
  app: AppContext,
  {
    definitions,
    implementations,
    drainMs = 8_000,
  }: { definitions: readonly { name: string }[]; implementations: readonly JobImplementation[]; drainMs?: number },
): AsyncDisposable & { workers: Worker[] } {
  const byName = matchProcessors(definitions, implementations)
  const stopping = new AbortController()

  const perform = async (job: Job, { payload, requestId }: Envelope, attempt: number): Promise<void> => {
    const implementation = byName.get(job.name)
    if (!implementation) throw new Error(`No implementation for job "${job.name}"; this worker is older than the job.`)
    const run = { app, attempt, lastAttempt: isLast(job, attempt), signal: stopping.signal }
    await withRequestId(requestId ?? null, () => implementation.run(payload, run))
  }

  const process = async (job: Job, token?: string): Promise<void> => {
    const attempt = job.attemptsMade + 1
    const carried = envelope.safeParse(job.data)
    const later = async (delayMs: number) => {
      await job.moveToDelayed(Date.now() + delayMs, token)
      throw new DelayedError()
    }
    try {
      if (!carried.success) throw carried.error
      await perform(job, carried.data, attempt)
      await recordGoodEnd(app, job, carried.data)
    } catch (error) {
      if (error instanceof TryLaterError) return later(error.delayMs)
      // A lock or a full pool uses up no attempt.
      if (isWaitInVain(error)) return later(BUSY_LATER_MS)
      const { requestId } = carried.data ?? {}
      // An outage of the database or of Redis uses up no attempt.
      if (isRedisAway(error) || (await isDatabaseAway(app, error))) {
        const log = { job: job.name, jobId: job.id, requestId, reason: reasonOf(error) }
        app.logger.warn(log, 'job put off: what it stands on cannot be reached')
        return later(Math.round(AGAIN_MS * (1 + Math.random())))
      }
      app.logger.warn({ job: job.name, jobId: job.id, attempt, requestId, err: error }, 'job failed')
      if (isLast(job, attempt) && !(await recordEnd(app, job, { attempt, error }))) return later(RECORD_LATER_MS)
      // The queue keeps the reason and shows it; what only the log may hold stays out of it.
      throw new Error(reasonOf(error), { cause: error })
    }
  }

  const workers = QUEUES.map((name) => {
    const worker = app.jobBackend.openWorker(name, (job, token) => asWork('job', () => process(job, token)), {
      concurrency: CONCURRENCY[name],
      lockDuration: 15_000,
      stalledInterval: 5_000,
      // A job survives as many crashes of its worker as it likes; its own attempts bound real failures.
      maxStalledCount: 100,
      drainDelay: 1,
    })
    worker.on('completed', (job) => noteEnd(app, job, 'completed'))
    worker.on('failed', (job, error) => {
      if (!job || job.finishedOn === undefined) return
      noteEnd(app, job, 'dead')
      // BullMQ's own verdict: nothing ran, so nothing was recorded above.
      if (/stalled more than/.test(error.message))
        void asWork('job', () => recordEnd(app, job, { attempt: job.attemptsMade, error }))
    })
    return worker
  })
  return {
    workers,
    [Symbol.asyncDispose]: async () => {
      const timer = setTimeout(() => stopping.abort(), drainMs)
      const closed = Promise.all(workers.map((worker) => worker.close()))
      // Without Redis nothing a job comes to is recorded, and no worker can be closed; what runs now runs again.
      const redisAway = app.redisHealth?.current().state === 'failing'
      await withinTime(closed, redisAway ? AWAY_MS : drainMs + AWAY_MS).catch((error: unknown) =>
        app.logger.warn({ err: error }, 'jobs were left to be run again'),
      )
      clearTimeout(timer)
    },
  }
}

const isLast = (job: Job, attempt: number): boolean => attempt >= (job.opts.attempts ?? 1)

/** Resolves the dead-job record of a job that succeeded late. Most jobs have none, and nothing is written. */
async function recordGoodEnd(app: AppContext, job: Job, { payload, retryOf }: Envelope): Promise<void> {
  const merchantId = merchantOfPayload(payload)
  if (!merchantId) return
  const about = askedAgain(payload)
  if (retryOf) await resolveRetriedJob(app, merchantId, retryOf)
  else if (about) await resolveDeadJobs(app, merchantId, { name: job.name, about })
  else if (job.stalledCounter > 0 && isLast(job, job.attemptsMade + 1))
    await resolveDeadJob(app, merchantId, job.id ?? '')
}

/** The payload, without the marker, of a job that was scheduled anew under another id because an earlier one may be lost. */
function askedAgain(payload: unknown): Record<string, unknown> | null {
  const { retryOf, ...about } = payload as Record<string, unknown>
  return retryOf === undefined ? null : about
}

/** A network error may be of any peer, such as a partner's server: then the database itself is checked. */
async function isDatabaseAway(app: AppContext, error: unknown): Promise<boolean> {
  if (isDatabaseUnreachable(error)) return true
  if (!isUnreachable(error)) return false
  return withinTime(app.database.pool.query('SELECT 1'), ASK_MS).then(
    () => false,
    () => true,
  )
}

/** Records the failure; returns false when the database is away, so that the job must not be given up yet. */
async function recordEnd(
  app: AppContext,
  job: Job,
  { attempt, error }: { attempt: number; error: unknown },
): Promise<boolean> {
  const { payload, requestId, retryOf } = { ...envelope.safeParse(job.data).data }
  const queue = job.queueName as QueueName
  try {
    await recordDeadJob(app, {
      queue,
      name: job.name,
      jobId: job.id ?? '',
      payload: payload ?? null,
      requestId: requestId ?? null,
      attempts: attempt,
      retryOf: retryOf ?? null,
      error,
    })
    return true
  } catch (failure) {
    app.logger.error({ job: job.name, jobId: job.id, err: failure }, 'the end of a job could not be recorded')
    return !isUnreachable(failure)
  }
}

/** Best effort: a job that stays listed is removed when the list is next read. */
function noteEnd(app: AppContext, job: Job, outcome: 'completed' | 'dead'): void {
  const merchantId = merchantOfPayload((job.data as Partial<Envelope> | null)?.payload)
  if (!merchantId || !job.id) return
  app.jobBackend.merchantJobs.ended(job.queueName as QueueName, { merchantId, id: job.id }, outcome).catch(() => {})
}
