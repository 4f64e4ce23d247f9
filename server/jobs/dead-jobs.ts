import { uuidv7 } from 'uuidv7'
import type { AppContext } from '../context.ts'
import { queryMerchant } from '../db/merchant-query.ts'
import type { UnitOfWork } from '../unit-of-work/unit-of-work.ts'
import type { QueueName } from './kit.ts'
import { publishProgress } from './progress.ts'
import { failureReason } from './reason.ts'
import { merchantOfPayload } from './merchant-jobs.ts'

/** A job whose last attempt has failed. */
export type FailedJob = {
  queue: QueueName
  name: string
  jobId: string
  payload: unknown
  requestId: string | null
  /** Attempts of this run. */
  attempts: number
  /** Id of the dead job that this run retried. */
  retryOf: string | null
  error: unknown
}

// A job can fail for good twice, when its worker is killed before it reports the first failure to the queue: one row.
const RECORD = `WITH known AS (
    SELECT retried_at IS NULL AND succeeded_at IS NULL AS dead FROM dead_job WHERE merchant_id = $2 AND job_id = $5
  ) INSERT INTO dead_job (id, merchant_id, queue, name, job_id, payload, reason, attempts, request_id)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
  ON CONFLICT (merchant_id, job_id) DO UPDATE SET reason = excluded.reason, attempts = excluded.attempts,
    request_id = excluded.request_id, failed_at = now(), retried_at = NULL, succeeded_at = NULL
  RETURNING id, NOT coalesce((SELECT dead FROM known), false) AS first`
const RECORD_AGAIN = `UPDATE dead_job SET reason = $2, attempts = attempts + $3, failed_at = now(), retried_at = NULL
  WHERE id = $1 AND retried_at IS NOT NULL RETURNING id, true AS first`
const COUNT = `INSERT INTO dead_job_count (queue, total) VALUES ($1, 1)
  ON CONFLICT (queue) DO UPDATE SET total = dead_job_count.total + 1`

/**
 * Records a job that has failed for good (a dead letter), once, so that its merchant sees the reason and can retry it. Jobs
 * of the installation, which have no merchant, are only logged and counted.
 *
 * @throws when the database cannot be reached: the job must then stay in its queue.
 */
export async function recordDeadJob(app: AppContext, job: FailedJob): Promise<void> {
  const { queue, name, jobId, payload, requestId, attempts, retryOf, error } = job
  const merchantId = merchantOfPayload(payload)
  const reason = failureReason(error)
  app.logger.error({ queue, job: name, jobId, attempts, requestId, err: error }, 'job failed for good')
  if (merchantId) {
    const record: [string, unknown[]] = retryOf
      ? [RECORD_AGAIN, [retryOf, reason, attempts]]
      : [RECORD, [uuidv7(), merchantId, queue, name, jobId, JSON.stringify(payload), reason, attempts, requestId]]
    const [row] = await queryMerchant<{ id: string; first: boolean }>(app, merchantId, ...record)
    if (!row?.first) return
    await publishProgress(app, { merchantId, queue, name, jobId, subjectId: row.id, percent: 0, dead: true })
  }
  await app.database.pool.query({ name: 'dead_job_count', text: COUNT, values: [queue] })
}

/** Marks a dead job as succeeded by its retry. */
export async function resolveRetriedJob(app: AppContext, merchantId: string, deadJobId: string): Promise<void> {
  const text = 'UPDATE dead_job SET succeeded_at = now() WHERE id = $1 AND succeeded_at IS NULL'
  await queryMerchant(app, merchantId, text, [deadJobId])
}

/**
 * Marks a dead job as succeeded that the queue ran once more after its last attempt, because its worker was killed
 * between recording the failure and reporting it to the queue.
 */
export async function resolveDeadJob(app: AppContext, merchantId: string, jobId: string): Promise<void> {
  const text = 'UPDATE dead_job SET succeeded_at = now(), retried_at = now() WHERE job_id = $1 AND succeeded_at IS NULL'
  await queryMerchant(app, merchantId, text, [jobId])
}

/**
 * Marks dead jobs as succeeded because another job or a sweep has done their work since: those of this name whose payload
 * contains `about`.
 */
export async function resolveDeadJobs(
  app: AppContext,
  merchantId: string,
  { name, about }: { name: string; about: Record<string, unknown> },
): Promise<void> {
  const text = `UPDATE dead_job SET succeeded_at = now(), retried_at = coalesce(retried_at, now())
    WHERE name = $1 AND succeeded_at IS NULL AND payload @> $2::jsonb`
  await queryMerchant(app, merchantId, text, [name, JSON.stringify(about)])
}

/** Total of jobs that have ever failed for good, by queue, including those without a merchant. */
export async function countDeadJobs(app: AppContext): Promise<Map<string, number>> {
  const { rows } = await app.database.pool.query<{ queue: string; total: number }>({
    name: 'dead_job_counts',
    text: 'SELECT queue, total::float8 AS total FROM dead_job_count',
  })
  return new Map(rows.map(({ queue, total }) => [queue, total]))
}

/** Marks a dead job as being retried for the `retries`th time. */
export async function markRetried({ tx }: UnitOfWork, deadJobId: string, retries: number): Promise<void> {
  await tx.deadJob.update({ where: { id: deadJobId }, data: { retries, retriedAt: new Date() } })
}

/** Cancels a retry that could not be scheduled: the job is dead again, for `reason`. */
export async function cancelRetry(
  app: AppContext,
  merchantId: string,
  { deadJobId, reason }: { deadJobId: string; reason: string },
): Promise<void> {
  const text = 'UPDATE dead_job SET retried_at = NULL, reason = $2 WHERE id = $1 AND succeeded_at IS NULL'
  await queryMerchant(app, merchantId, text, [deadJobId, reason])
}
