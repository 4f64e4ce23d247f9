import { unseal } from '../../../auth/sealing.ts'
import type { AppContext } from '../../../context.ts'
import { queryMerchant } from '../../../db/merchant-query.ts'
import { classifyResponse } from '../domain.ts'
import { ATTEMPT_MS } from '../http/client.ts'
import { outgoingOf } from '../http/outgoing.ts'
import { heldDelivery } from './held.ts'
import { recordAttempt } from './record-attempt.ts'
import { signedHeaders } from './signing.ts'

/** The lease of an attempt: longer than an attempt can take, so that no other worker makes the same one. */
const LEASE_SECONDS = ATTEMPT_MS / 1000 + 5
/** Clocks of the database and of the processes may differ by this much. */
const CLOCK_SLACK = `interval '1 second'`

/** A delivery that this worker leased, with the endpoint as it was then. */
export type Claim = {
  id: string
  merchantId: string
  endpointId: string
  body: string
  /** Attempts made before, and how many of them belong to earlier rounds of the schedule. */
  attemptCount: number
  retryFrom: number
  /** Identifies the attempt: only the holder of this lease records its outcome. */
  leasedUntil: Date
  url: string
  secret: Uint8Array
  previousSecret: Uint8Array | null
  failingSince: Date | null
}

// A crash of the database that loses a lease has the attempt repeated, so the commit need not wait for the disk.
const CLAIM = `
  WITH asynchronous AS (SELECT set_config('synchronous_commit', 'off', true))
  UPDATE webhook_delivery d SET leased_until = now() + interval '${LEASE_SECONDS} seconds'
  FROM webhook_endpoint e CROSS JOIN asynchronous
  WHERE d.id = $1 AND e.id = d.endpoint_id AND e.status = 'ENABLED' AND e.deleted_at IS NULL
    AND d.next_attempt_at <= now() + ${CLOCK_SLACK} AND (d.leased_until IS NULL OR d.leased_until < now())
    AND NOT ${heldDelivery('d')}
  RETURNING d.id, d.merchant_id AS "merchantId", d.endpoint_id AS "endpointId", d.body, d.attempt_count AS "attemptCount",
    d.retry_from AS "retryFrom", d.leased_until AS "leasedUntil", e.url, e.secret, e.failing_since AS "failingSince",
    CASE WHEN e.previous_secret_expires_at > now() THEN e.previous_secret END AS "previousSecret"`

/** Leases a delivery that is due in one statement; null when it is not due, or another worker has leased it. */
export async function claimDelivery(app: AppContext, merchantId: string, id: string): Promise<Claim | null> {
  return (await queryMerchant<Claim>(app, merchantId, CLAIM, [id]))[0] ?? null
}

/**
 * Posts a delivery to its endpoint and records the outcome; returns whether the endpoint accepted it.
 *
 * @throws when the worker stops meanwhile: the lease is then released.
 */
export async function makeAttempt(app: AppContext, claim: Claim, signal: AbortSignal): Promise<boolean> {
  const startedAt = new Date()
  const reply = await postWebhook(app, claim, { startedAt, signal }).catch(async (error: unknown) => {
    await releaseLease(app, claim)
    throw error
  })
  const result = classifyResponse(reply)
  await recordAttempt(app, claim, { reply, result, startedAt })
  return result.kind === 'delivered'
}

/** Signs the body with the endpoint's secret, and for a day after a rotation with the previous one, too. */
function postWebhook(app: AppContext, claim: Claim, { startedAt, signal }: { startedAt: Date; signal: AbortSignal }) {
  const secrets = [claim.secret, claim.previousSecret].flatMap((sealed) =>
    sealed ? [unseal(app.config.secretKey, 'webhook-secret', claim.endpointId, sealed)] : [],
  )
  const headers = signedHeaders(claim.id, claim.body, { secrets, at: startedAt })
  return outgoingOf(app).client.post(claim.url, { headers, body: claim.body, signal })
}

/** Lets another worker make the attempt at once. */
async function releaseLease(app: AppContext, { merchantId, id, leasedUntil }: Claim): Promise<void> {
  const text = 'UPDATE webhook_delivery SET leased_until = NULL WHERE id = $1 AND leased_until = $2'
  await queryMerchant(app, merchantId, text, [id, leasedUntil])
}
