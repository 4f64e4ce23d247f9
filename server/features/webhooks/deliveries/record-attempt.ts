import { systemActor } from '../../../auth/actor.ts'
import type { AppContext } from '../../../context.ts'
import { retryTransient } from '../../../db/retry.ts'
import { queryMerchant } from '../../../db/merchant-query.ts'
import { tryEnqueue } from '../../../jobs/queues.ts'
import { withTenant } from '../../../unit-of-work/unit-of-work.ts'
import { GIVE_UP_MS, retryDelay, type AttemptResult } from '../domain.ts'
import { disableFailedEndpoint } from '../endpoints/disable.ts'
import type { Reply } from '../http/client.ts'
import { deliverWebhookJob } from '../jobs.ts'
import type { Claim } from './attempt.ts'

type Outcome = { reply: Reply; result: AttemptResult; startedAt: Date }

// A delivery that was cancelled during the attempt may still succeed, but is not retried.
const RESULT = `CASE WHEN d.status = 'CANCELLED' AND $3 = 'PENDING' THEN 'CANCELLED' ELSE $3 END`
const RECORD = `
  WITH updated_delivery AS (
    UPDATE webhook_delivery d SET attempt_count = d.attempt_count + 1, leased_until = NULL,
      status = (${RESULT})::webhook_delivery_status,
      next_attempt_at = CASE WHEN ${RESULT} = 'PENDING' THEN now() + make_interval(secs => $4) END,
      finished_at = CASE WHEN ${RESULT} <> 'PENDING' THEN now() END
    WHERE d.id = $1 AND d.leased_until = $2
    RETURNING d.id, d.merchant_id, d.endpoint_id, d.attempt_count, d.status
  ), inserted_attempt AS (
    INSERT INTO webhook_attempt (id, merchant_id, delivery_id, number, started_at, duration_ms, status_code, error, response_body)
    SELECT gen_random_uuid(), merchant_id, id, attempt_count, $5, $6, $7, $8, $9 FROM updated_delivery
  ), updated_endpoint AS (
    UPDATE webhook_endpoint e SET failing_since = CASE WHEN $10 THEN NULL ELSE now() END
    FROM updated_delivery d WHERE e.id = d.endpoint_id AND (e.failing_since IS NOT NULL) = $10
  )
  SELECT attempt_count AS made, status FROM updated_delivery`

/**
 * Records an attempt under its lease, and schedules the retry of one that failed. An endpoint that answered 410 Gone, or
 * whose attempts have all failed for five days, is disabled.
 */
export async function recordAttempt(app: AppContext, claim: Claim, outcome: Outcome): Promise<void> {
  const { merchantId, endpointId, id: deliveryId, failingSince } = claim
  const { result } = outcome
  const delay = retryDelayOf(app, claim, result)
  const values = recordValues(claim, outcome, delay)
  const reason = reasonToDisable(result, failingSince)
  if (reason !== null) {
    await withTenant(app, systemActor(merchantId), async (unit) => {
      await unit.tx.$queryRawUnsafe(RECORD, ...values)
      await disableFailedEndpoint(unit, endpointId, {
        reason,
        failingSince: result.kind === 'gone' ? null : failingSince,
      })
    })
    return
  }
  // A deadlock with a replay or a change of the endpoint must not repeat a delivery that has arrived.
  const [recorded] = await retryTransient(() =>
    queryMerchant<{ made: number; status: string }>(app, merchantId, RECORD, values),
  )
  if (recorded?.status !== 'PENDING' || delay === null) return
  const job = { merchantId, endpointId, deliveryId, made: recorded.made }
  await tryEnqueue(app, deliverWebhookJob.request(job, { delayMs: Math.ceil(delay * 1000) }))
}

function recordValues(claim: Claim, { reply, result, startedAt }: Outcome, delay: number | null): unknown[] {
  const delivered = result.kind === 'delivered'
  const status = delivered ? 'SUCCEEDED' : delay === null ? 'FAILED' : 'PENDING'
  const error = delivered ? null : result.error
  const durationMs = Date.now() - startedAt.getTime()
  const { statusCode, body } = reply
  return [claim.id, claim.leasedUntil, status, delay ?? 0, startedAt, durationMs, statusCode, error, body, delivered]
}

function reasonToDisable(result: AttemptResult, failingSince: Date | null): string | null {
  if (result.kind === 'gone') return 'The endpoint answered 410 Gone, so it was disabled.'
  if (result.kind === 'delivered' || !failingSince || Date.now() - failingSince.getTime() <= GIVE_UP_MS) return null
  return `Every attempt has failed since ${failingSince.toISOString()}. The last: ${result.error}`
}

/** Seconds until the retry; null when there is none. */
function retryDelayOf(app: AppContext, { attemptCount, retryFrom }: Claim, result: AttemptResult): number | null {
  if (result.kind !== 'failed') return null
  const { scheduleSeconds } = app.config.webhooks
  const options = { retryAfter: result.retryAfter, now: Date.now(), random: Math.random() }
  return retryDelay(attemptCount + 1 - retryFrom, scheduleSeconds, options)
}
