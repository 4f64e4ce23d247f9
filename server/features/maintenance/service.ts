import { trimAttempts } from '../../auth/attempts.ts'
import type { AppContext } from '../../context.ts'
import { deleteInBatches } from '../../db/delete-in-batches.ts'
import { trimEvents } from '../../events/retention.ts'
import { lookUpMerchants } from '../merchants/lookups.ts'
import { SMALLEST_CURSOR, trimDeliveries } from '../webhooks/deliveries/retention.ts'

/** How long the outcome of a keyed mutation is remembered. */
const IDEMPOTENCY_HOURS = 24
/** How long an ended session stays visible to whoever looks into the audit. */
const SESSION_DAYS = 30
/** How long a job that failed for good can be run again. */
const DEAD_JOB_DAYS = 30
/** How long an invitation that is over stays visible. */
const INVITATION_DAYS = 90

/** What goes, table by table. */
const OUTDATED = [
  { table: 'idempotency_key', condition: `created_at < now() - interval '${IDEMPOTENCY_HOURS} hours'` },
  { table: 'staff_session', condition: `least(expires_at, revoked_at) < now() - interval '${SESSION_DAYS} days'` },
  {
    table: 'dead_job',
    condition: `coalesce(succeeded_at, failed_at) < now() - interval '${DEAD_JOB_DAYS} days' AND (retried_at IS NULL OR succeeded_at IS NOT NULL)`,
  },
  {
    table: 'invitation',
    condition: `least(expires_at, accepted_at, revoked_at) < now() - interval '${INVITATION_DAYS} days'`,
  },
]

/**
 * Removes, shop by shop, what has been kept long enough: events, deliveries, idempotency keys, ended sessions, dead jobs
 * and invitations; and what the installation remembers of failed attempts to sign in.
 */
export async function cleanUp(app: AppContext): Promise<void> {
  await trimAttempts(app)
  for (const merchantId of await lookUpMerchants(app)) {
    for (const rows of OUTDATED) await deleteInBatches(app, merchantId, rows)
    await trimDeliveries(app, merchantId)
    const trimmed = await trimEvents(app, merchantId, {
      days: app.config.eventRetentionDays,
      readUpTo: SMALLEST_CURSOR,
    })
    if (trimmed > 0) app.logger.info({ trimmed }, 'old events removed')
  }
}
