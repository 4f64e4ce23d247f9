import type { AppContext } from '../../context.ts'
import { queryShop } from '../../db/shop-query.ts'
import { trimEvents } from '../../events/retention.ts'

/** How long the outcome of a keyed mutation is remembered. */
const IDEMPOTENCY_HOURS = 24
/** How long an ended session stays visible to whoever looks into the audit. */
const SESSION_DAYS = 30

/** Removes, shop by shop, what has been kept long enough: events, idempotency keys, ended sessions. */
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
    const trimmed = await trimEvents(app, merchantId, app.config.eventRetentionDays)
    if (trimmed > 0) app.logger.info({ trimmed }, 'old events removed')
  }
}
