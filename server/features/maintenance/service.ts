import type { AppContext } from '../../context.ts'
import { queryShop } from '../../db/shop-query.ts'
import { trimEvents } from '../../events/retention.ts'
import { trimDeliveries } from '../webhooks/retention.ts'

/** How long the outcome of a keyed mutation is remembered. */
const IDEMPOTENCY_HOURS = 24
/** How long an ended session stays visible to whoever looks into the audit. */
const SESSION_DAYS = 30
/** How long a job that failed for good can be run again. */
const DEAD_JOB_DAYS = 30
/** How long an invitation that is over stays visible. */
const INVITATION_DAYS = 90

/**
 * Removes, shop by shop, what has been kept long enough: events, deliveries, idempotency keys, ended sessions, dead jobs
 * and invitations.
 */
export async function cleanUp(app: AppContext): Promise<void> {
  for (const merchantId of await app.lookups.merchants()) {
    await queryShop(
      app,
      merchantId,
      `DELETE FROM idempotency_key WHERE created_at < now() - interval '${IDEMPOTENCY_HOURS} hours'`,
    )
    await queryShop(
      app,
      merchantId,
      `DELETE FROM staff_session WHERE least(expires_at, revoked_at) < now() - interval '${SESSION_DAYS} days'`,
    )
    await queryShop(
      app,
      merchantId,
      `DELETE FROM dead_job WHERE coalesce(succeeded_at, failed_at) < now() - interval '${DEAD_JOB_DAYS} days' AND (retried_at IS NULL OR succeeded_at IS NOT NULL)`,
    )
    await queryShop(
      app,
      merchantId,
      `DELETE FROM invitation WHERE least(expires_at, accepted_at, revoked_at) < now() - interval '${INVITATION_DAYS} days'`,
    )
    await trimDeliveries(app, merchantId)
    const trimmed = await trimEvents(app, merchantId, app.config.eventRetentionDays)
    if (trimmed > 0) app.logger.info({ trimmed }, 'old events removed')
  }
}
