import { availableParallelism } from 'node:os'
import { DelayedError, type Job, type Worker } from 'bullmq'
import * as z from 'zod'
import type { AppContext } from '../context.ts'
import { isDatabaseUnreachable, isUnreachable, isWaitTimeout } from '../db/errors.ts'
import { isRedisUnavailable, withinTime } from '../db/redis.ts'
import { asWork } from '../db/work.ts'
import { withRequestId } from '../request-id.ts'
import { resolveDeadJob, resolveDeadJobs, recordDeadJob, resolveRetriedJob } from './dead-jobs.ts'
import { lastingWork } from './lasting-work.ts'
import { type JobImplementation, matchProcessors, QUEUES, type QueueName, TryLaterError } from './kit.ts'
import { failureReason } from './reason.ts'
import { merchantOfPayload } from './merchant-jobs.ts'

const CONCURRENCY: Record<QueueName, number> = {
  relay: 8,
  order_processing: 8,
  message_sending: 24,
  // Processing an image takes a core and up to 200 MB. One core is left to requests.
  media_processing: Math.max(1, Math.min(2, availableParallelism() - 1)),
  // An attempt spends nearly all its time waiting for a partner's server.
  webhook_delivery: 192,
  maintenance: 2,
}

/** Milliseconds that workers may take to close after their jobs have ended. */
const CLOSE_MS = 2_000
/** The shortest delay of a job that could not reach the database or Redis, in ms. */
const UNREACHABLE_DELAY_MS = 1_000
/** Milliseconds that the database may take to answer a check. */
const CHECK_MS = 2_000
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
 * Runs the jobs of every queue in this process until disposed. Disposing lets running jobs finish for `drainMs`, then aborts
 * them; another worker runs an aborted job again. A job whose last attempt fails is recorded as dead before it leaves its queue.
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
    const parsed = envelope.safeParse(job.data)
    const later = async (delayMs: number) => {
      await job.moveToDelayed(Date.now() + delayMs, token)
      throw new DelayedError()
    }
    try {
      if (!parsed.success) throw parsed.error
      await perform(job, parsed.data, attempt)
      await resolveDeadLetters(app, job, parsed.data)
    } catch (error) {
      if (error instanceof TryLaterError) return later(error.delayMs)
      // A lock or a full pool uses up no attempt.
      if (isWaitTimeout(error)) return later(BUSY_LATER_MS)
      const { requestId } = parsed.data ?? {}
      // An outage of the database or of Redis uses up no attempt.
      if (isRedisUnavailable(error) || (await isDatabaseAway(app, error))) {
        const log = { job: job.name, jobId: job.id, requestId, reason: failureReason(error) }
        app.logger.warn(log, 'job delayed: the database or Redis cannot be reached')
        return later(Math.round(UNREACHABLE_DELAY_MS * (1 + Math.random())))
      }
      app.logger.warn({ job: job.name, jobId: job.id, attempt, requestId, err: error }, 'job failed')
      if (isLast(job, attempt) && !(await recordFailure(app, job, { attempt, error }))) return later(RECORD_LATER_MS)
      // The queue stores and shows the reason, so details that only the log may contain are redacted.
      throw new Error(failureReason(error), { cause: error })
    }
  }

  const workers = QUEUES.map((name) => {
    const worker = app.jobBackend.openWorker(name, (job, token) => asWork('job', () => process(job, token)), {
      concurrency: CONCURRENCY[name],
      lockDuration: 15_000,
      stalledInterval: 5_000,
      // Crashes of a worker do not count as failures of the job; `attempts` limits those.
      maxStalledCount: 100,
      // An empty queue is asked again after so many seconds, in case the signal of a job was lost.
      drainDelay: 5,
    })
    worker.on('completed', (job) => removeFromIndex(app, job, 'completed'))
    worker.on('failed', (job, error) => {
      if (!job || job.finishedOn === undefined) return
      removeFromIndex(app, job, 'dead')
      // BullMQ itself failed the job: the processor did not run, so nothing was recorded above.
      if (/stalled more than/.test(error.message))
        void asWork('job', () => recordFailure(app, job, { attempt: job.attemptsMade, error }))
    })
    return worker
  })
  return {
    workers,
    [Symbol.asyncDispose]: async () => {
      const timer = setTimeout(() => stopping.abort(), drainMs)
      const closed = Promise.all(workers.map((worker) => worker.close())).then(app.state(lastingWork).settled)
      // Without Redis no result of a job is recorded and no worker can close; running jobs run again later.
      const redisAway = app.redisHealth?.current().state === 'failing'
      await withinTime(closed, redisAway ? CLOSE_MS : drainMs + CLOSE_MS).catch((error: unknown) =>
        app.logger.warn({ err: error }, 'workers stopped before their jobs ended; other workers run those again'),
      )
      clearTimeout(timer)
    },
  }
}

const isLast = (job: Job, attempt: number): boolean => attempt >= (job.opts.attempts ?? 1)

/** Resolves the dead-job records of a job that succeeded late. Most jobs have none, so nothing is written. */
async function resolveDeadLetters(app: AppContext, job: Job, { payload, retryOf }: Envelope): Promise<void> {
  const merchantId = merchantOfPayload(payload)
  if (!merchantId) return
  const about = retriedPayload(payload)
  if (retryOf) await resolveRetriedJob(app, merchantId, retryOf)
  else if (about) await resolveDeadJobs(app, merchantId, { name: job.name, about })
  else if (job.stalledCounter > 0 && isLast(job, job.attemptsMade + 1))
    await resolveDeadJob(app, merchantId, job.id ?? '')
}

/** The payload, without the marker, of a job that was scheduled again under another id because an earlier one may be lost. */
function retriedPayload(payload: unknown): Record<string, unknown> | null {
  const { retryOf, ...about } = payload as Record<string, unknown>
  return retryOf === undefined ? null : about
}

/** Whether the database is unreachable. A network error may come from any server, so then the database is checked. */
async function isDatabaseAway(app: AppContext, error: unknown): Promise<boolean> {
  if (isDatabaseUnreachable(error)) return true
  if (!isUnreachable(error)) return false
  return withinTime(app.database.pool.query('SELECT 1'), CHECK_MS).then(
    () => false,
    () => true,
  )
}

/** Records the failure. Returns false when the database cannot be reached: the job must then stay in its queue. */
async function recordFailure(
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
    app.logger.error({ job: job.name, jobId: job.id, err: failure }, 'the failure of a job could not be recorded')
    return !isUnreachable(failure)
  }
}

/** Best effort: a job that stays in the index is removed when the index is next read. */
function removeFromIndex(app: AppContext, job: Job, outcome: 'completed' | 'dead'): void {
  const merchantId = merchantOfPayload((job.data as Partial<Envelope> | null)?.payload)
  if (!merchantId || !job.id) return
  app.jobBackend.merchantJobs.remove(job.queueName as QueueName, { merchantId, id: job.id }, outcome).catch(() => {})
}
