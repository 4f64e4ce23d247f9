import { trimAttempts } from '../../auth/attempts.ts'
import type { AppContext } from '../../context.ts'
import { deleteInBatches } from '../../db/delete-in-batches.ts'
import { trimEvents } from '../../events/retention.ts'
import { merchantsOfPart, type PartOptions } from '../merchants/parts.ts'
import { SMALLEST_CURSOR, trimDeliveries } from '../webhooks/deliveries/retention.ts'

/** Retention of outcomes of idempotent mutations. */
const IDEMPOTENCY_HOURS = 24
/** Retention of ended sessions, to which the audit log refers. */
const SESSION_DAYS = 30
/** Retention of dead jobs, which can be retried until then. */
const DEAD_JOB_DAYS = 30
/** Retention of accepted, revoked and expired invitations. */
const INVITATION_DAYS = 90

/** The condition of each table for rows to delete. */
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
 * Deletes data past its retention, shop by shop: events, deliveries, idempotency keys, ended sessions, dead jobs and
 * invitations; and the installation's counts of failed sign-ins. With `part`, of many shops only those of that part.
 */
export async function cleanUp(app: AppContext, options: PartOptions = {}): Promise<void> {
  await trimAttempts(app)
  for (const merchantId of await merchantsOfPart(app, options)) {
    for (const rows of OUTDATED) await deleteInBatches(app, merchantId, rows)
    await trimDeliveries(app, merchantId)
    const trimmed = await trimEvents(app, merchantId, {
      days: app.config.eventRetentionDays,
      readUpTo: SMALLEST_CURSOR,
    })
    if (trimmed > 0) app.logger.info({ trimmed }, 'old events removed')
  }
}
