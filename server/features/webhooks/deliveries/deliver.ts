import { tryEnqueue } from '../../../jobs/queues.ts'
import { systemActor } from '../../../auth/actor.ts'
import { unseal } from '../../../auth/sealing.ts'
import type { AppContext } from '../../../context.ts'
import { retryTransient } from '../../../db/retry.ts'
import { queryShop } from '../../../db/shop-query.ts'
import { withTenant } from '../../../unit-of-work/unit-of-work.ts'
import { outgoingOf } from '../http/outgoing.ts'
import { GIVE_UP_MS, judge, pauseAfter, type Verdict } from '../domain.ts'
import { ATTEMPT_MS, type Reply } from '../http/client.ts'
import type { Place } from './concurrency.ts'
import { deliverWebhookJob } from '../jobs.ts'
import { switchOff } from '../endpoints/switch-off.ts'
import { signedHeaders } from './signing.ts'
import { heldDelivery } from './held.ts'

/** How long an attempt holds its delivery: longer than it can take, so that nobody else makes the same one. */
const LEASE_SECONDS = ATTEMPT_MS / 1000 + 5
/** Database and processes need not agree on the time to the millisecond. */
const CLOCK_SLACK = `interval '1 second'`

type Ref = { merchantId: string; endpointId: string }

type Claim = Ref & {
  id: string
  body: string
  attemptCount: number
  retryFrom: number
  /** Names the attempt: only who still holds the lease may record what came of it. */
  leasedUntil: Date
  url: string
  secret: Uint8Array
  previousSecret: Uint8Array | null
  failingSince: Date | null
}

/**
 * Makes the next attempt of a delivery, and then those of deliveries to the same endpoint that found no place meanwhile.
 * No database connection is held while the endpoint is waited for. Whatever is interrupted is attempted again, with the
 * same id, when its lease is over.
 */
export async function deliver(
  app: AppContext,
  { merchantId, endpointId, deliveryId, again }: Ref & { deliveryId: string; again?: number | undefined },
  signal: AbortSignal,
): Promise<void> {
  const { lanes } = outgoingOf(app)
  // Where one job was lost, more may have been: with Redis gone there is none for any of them.
  if (again !== undefined) for (const id of await overdue(app, merchantId, endpointId)) lanes.remind(endpointId, id)
  const place = lanes.enter(endpointId, deliveryId)
  if (place) await serve(app, { merchantId, endpointId }, { place, first: deliveryId, signal })
}

type Serving = { place: Place; first: string | null; signal: AbortSignal }

async function serve(app: AppContext, ref: Ref, { place, first, signal }: Serving): Promise<void> {
  const helpers: Promise<void>[] = []
  try {
    for (let id = first; id !== null && !signal.aborted; id = place.takeOver()) {
      const claimed = await claim(app, ref.merchantId, id)
      if (claimed) place.tell(await attempt(app, claimed, signal))
      helpers.push(...moreHands(app, ref, signal))
    }
  } finally {
    place.leave()
    await Promise.all(helpers)
  }
}

/** An endpoint that has earned more places than it uses, while deliveries wait, gets them at once. */
function moreHands(app: AppContext, ref: Ref, signal: AbortSignal): Promise<void>[] {
  const { lanes } = outgoingOf(app)
  const hands: Promise<void>[] = []
  for (let place = lanes.enterForWaiting(ref.endpointId); place; place = lanes.enterForWaiting(ref.endpointId)) {
    const serving = serve(app, ref, { place, first: place.takeOver(), signal })
    // What fails here was nobody's job; its delivery stays due.
    hands.push(serving.catch((error: unknown) => app.logger.debug({ err: error }, 'an attempt was interrupted')))
  }
  return hands
}

const CLAIM = `
  UPDATE webhook_delivery d SET leased_until = now() + interval '${LEASE_SECONDS} seconds'
  FROM webhook_endpoint e
  WHERE d.id = $1 AND e.id = d.endpoint_id AND e.status = 'ENABLED' AND e.deleted_at IS NULL
    AND d.next_attempt_at <= now() + ${CLOCK_SLACK} AND (d.leased_until IS NULL OR d.leased_until < now())
    AND NOT ${heldDelivery('d')}
  RETURNING d.id, d.merchant_id AS "merchantId", d.endpoint_id AS "endpointId", d.body, d.attempt_count AS "attemptCount",
    d.retry_from AS "retryFrom", d.leased_until AS "leasedUntil", e.url, e.secret, e.failing_since AS "failingSince",
    CASE WHEN e.previous_secret_expires_at > now() THEN e.previous_secret END AS "previousSecret"`

/** Begins an attempt in one statement: of two workers the second waits for the row and then finds it leased. */
async function claim(app: AppContext, merchantId: string, id: string): Promise<Claim | null> {
  return (await queryShop<Claim>(app, merchantId, CLAIM, [id]))[0] ?? null
}

/** Answers whether the endpoint took the event. */
async function attempt(app: AppContext, claim: Claim, signal: AbortSignal): Promise<boolean> {
  const { secretKey } = app.config
  const startedAt = new Date()
  const secrets = [claim.secret, claim.previousSecret].flatMap((sealed) =>
    sealed ? [unseal(secretKey, 'webhook-secret', claim.endpointId, sealed)] : [],
  )
  const headers = signedHeaders(claim.id, claim.body, { secrets, at: startedAt })
  const reply = await outgoingOf(app)
    .client.post(claim.url, { headers, body: claim.body, signal })
    .catch(async (error: unknown) => {
      await release(app, claim)
      throw error
    })
  const verdict = judge(reply)
  await record(app, claim, { reply, verdict, startedAt })
  return verdict.kind === 'delivered'
}

/** The worker stops: the attempt was not made, and may be made elsewhere at once. */
async function release(app: AppContext, { merchantId, id, leasedUntil }: Claim): Promise<void> {
  const text = 'UPDATE webhook_delivery SET leased_until = NULL WHERE id = $1 AND leased_until = $2'
  await queryShop(app, merchantId, text, [id, leasedUntil])
}

const OVERDUE = `SELECT id FROM webhook_delivery d WHERE endpoint_id = $1 AND next_attempt_at <= now()
  AND (leased_until IS NULL OR leased_until < now()) AND NOT ${heldDelivery('d')} ORDER BY next_attempt_at, sequence LIMIT 500`

async function overdue(app: AppContext, merchantId: string, endpointId: string): Promise<string[]> {
  return (await queryShop<{ id: string }>(app, merchantId, OVERDUE, [endpointId])).map(({ id }) => id)
}

type Outcome = { reply: Reply; verdict: Verdict; startedAt: Date }

// Written by whoever holds the lease. A delivery that was called off meanwhile may still succeed, but is not tried again.
const RESULT = `CASE WHEN d.status = 'CANCELLED' AND $3 = 'PENDING' THEN 'CANCELLED' ELSE $3 END`
const RECORD = `
  WITH done AS (
    UPDATE webhook_delivery d SET attempt_count = d.attempt_count + 1, leased_until = NULL,
      status = (${RESULT})::webhook_delivery_status,
      next_attempt_at = CASE WHEN ${RESULT} = 'PENDING' THEN now() + make_interval(secs => $4) END,
      finished_at = CASE WHEN ${RESULT} <> 'PENDING' THEN now() END
    WHERE d.id = $1 AND d.leased_until = $2
    RETURNING d.id, d.merchant_id, d.endpoint_id, d.attempt_count, d.status
  ), noted AS (
    INSERT INTO webhook_attempt (id, merchant_id, delivery_id, number, started_at, duration_ms, status_code, error, response_body)
    SELECT gen_random_uuid(), merchant_id, id, attempt_count, $5, $6, $7, $8, $9 FROM done
  ), told AS (
    UPDATE webhook_endpoint e SET failing_since = CASE WHEN $10 THEN NULL ELSE now() END
    FROM done WHERE e.id = done.endpoint_id AND (e.failing_since IS NOT NULL) = $10
  )
  SELECT attempt_count AS made, status FROM done`

async function record(app: AppContext, claim: Claim, { reply, verdict, startedAt }: Outcome): Promise<void> {
  const { merchantId, endpointId, id, failingSince } = claim
  const pause = pauseOf(app, claim, verdict)
  const status = verdict.kind === 'delivered' ? 'SUCCEEDED' : pause === null ? 'FAILED' : 'PENDING'
  const error = verdict.kind === 'delivered' ? null : verdict.error
  const durationMs = Date.now() - startedAt.getTime()
  const delivered = verdict.kind === 'delivered'
  const values = [
    id,
    claim.leasedUntil,
    status,
    pause ?? 0,
    startedAt,
    durationMs,
    reply.statusCode,
    error,
    reply.body,
    delivered,
  ]
  const off =
    verdict.kind === 'gone'
      ? 'The endpoint answered 410 Gone: it wants no more events.'
      : !delivered && failingSince && Date.now() - failingSince.getTime() > GIVE_UP_MS
        ? `Every attempt has failed since ${failingSince.toISOString()}. The last: ${error ?? ''}`
        : null
  if (off !== null) {
    await withTenant(app, systemActor(merchantId), async (unit) => {
      await unit.tx.$queryRawUnsafe(RECORD, ...values)
      await switchOff(unit, endpointId, { reason: off, failingSince: verdict.kind === 'gone' ? null : failingSince })
    })
    return
  }
  // A deadlock with a replay or a switch must not repeat a delivery that has arrived.
  const [made] = await retryTransient(() =>
    queryShop<{ made: number; status: string }>(app, merchantId, RECORD, values),
  )
  if (made?.status !== 'PENDING' || pause === null) return
  const job = { merchantId, endpointId, deliveryId: id, made: made.made }
  await tryEnqueue(app, deliverWebhookJob.request(job, { delayMs: Math.ceil(pause * 1000) }))
}

function pauseOf(app: AppContext, { attemptCount, retryFrom }: Claim, verdict: Verdict): number | null {
  if (verdict.kind !== 'failed') return null
  const { scheduleSeconds } = app.config.webhooks
  const options = { retryAfter: verdict.retryAfter, now: Date.now(), random: Math.random() }
  return pauseAfter(attemptCount + 1 - retryFrom, scheduleSeconds, options)
}
