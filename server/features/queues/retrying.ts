import * as z from 'zod'
import type { Authorized } from '../../auth/actor.ts'
import type { AppContext } from '../../context.ts'
import { once } from '../../unit-of-work/idempotency.ts'
import { isUuid, queryMerchant } from '../../db/merchant-query.ts'
import { withTenant } from '../../unit-of-work/unit-of-work.ts'
import { DomainError, NotFoundError } from '../../errors.ts'
import type { Sweep } from '../../events/sweeper.ts'
import { cancelRetry, markRetried } from '../../jobs/dead-jobs.ts'
import type { JobRequest } from '../../jobs/kit.ts'
import { jobDefinitions } from '../jobs.ts'
import { loadDeadJob, type DeadJobRow } from './queries.ts'
import { lookUpRetriedJobs } from '../../jobs/lookups.ts'

/** This version cannot retry the job: it has no such job, or its payload has changed. */
export class JobOutdatedError extends DomainError {}

type Stored = Pick<DeadJobRow, 'id' | 'name' | 'payload' | 'retries' | 'requestId'> & { jobId: string }

/** The job request of the record's `retries`th retry. Each retry has an id of its own, so that a repeated request is one job. */
function retryRequest({ id, name, payload, jobId, retries, requestId }: Stored): JobRequest {
  const definition = jobDefinitions.find((one) => one.name === name)
  if (!definition) throw new JobOutdatedError(`This version no longer has the job "${name}", so it cannot be retried.`)
  try {
    const request = definition.request(payload as never)
    return { ...request, id: `${jobId}.again-${retries}`, requestId, retryOf: id }
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error
    throw new JobOutdatedError(`This version's job "${name}" has a different payload, so this one cannot be retried.`)
  }
}

const STORED = `SELECT id, name, payload, job_id AS "jobId", retries, request_id AS "requestId"`
const noDeadJob = () => new NotFoundError('No dead job with this id exists in your shop.')

export type RetryJobInput = { deadJobId: string; idempotencyKey?: string | null }

/**
 * Retries a dead job with its stored payload. A job that is being retried, or has succeeded since, does not change.
 *
 * @throws NotFoundError, JobOutdatedError.
 */
export async function retryJob(
  app: AppContext,
  actor: Authorized<'jobs:write'>,
  { deadJobId, idempotencyKey: key }: RetryJobInput,
): Promise<DeadJobRow> {
  if (!isUuid(deadJobId)) throw noDeadJob()
  await withTenant(app, actor, (unit) =>
    once(unit, { key, operation: 'retryJob', input: { deadJobId } }, async () => {
      const [row] = await unit.tx.$queryRawUnsafe<(Stored & { dead: boolean })[]>(
        `${STORED}, retried_at IS NULL AND succeeded_at IS NULL AS dead FROM dead_job WHERE id = $1::uuid FOR UPDATE`,
        deadJobId,
      )
      if (!row) throw noDeadJob()
      if (!row.dead) return deadJobId
      const request = retryRequest({ ...row, retries: row.retries + 1 })
      await markRetried(unit, deadJobId, row.retries + 1)
      // If the job is lost, the sweep below schedules it again.
      unit.enqueue(request)
      unit.audit({ action: 'job.retry', subjectId: deadJobId, detail: { name: row.name } })
      return deadJobId
    }),
  )
  const row = await loadDeadJob(app, actor.merchantId, deadJobId)
  if (!row) throw noDeadJob()
  return row
}

/** Schedules retries again whose job was lost. The queue drops duplicates by job id. */
export const sweepRetries: Sweep = {
  name: 'retries of dead jobs',
  everyMs: 10_000,
  run: async (app) => {
    for (const { merchantId, deadJobId } of await lookUpRetriedJobs(app, 10, 100)) {
      const [row] = await queryMerchant<Stored>(app, merchantId, `${STORED} FROM dead_job WHERE id = $1`, [deadJobId])
      if (row) await scheduleRetry(app, merchantId, row)
    }
  },
}

async function scheduleRetry(app: AppContext, merchantId: string, row: Stored): Promise<void> {
  try {
    await app.queues.enqueue(retryRequest(row))
  } catch (error) {
    if (!(error instanceof JobOutdatedError)) throw error
    await cancelRetry(app, merchantId, { deadJobId: row.id, reason: error.message })
  }
}
