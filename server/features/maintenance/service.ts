import { trimAttempts } from '../../auth/attempts.ts'
import type { AppContext } from '../../context.ts'
import { deleteInBatches } from '../../db/delete-in-batches.ts'
import { trimEvents } from '../../events/retention.ts'
import { lookUpMerchants } from '../merchants/lookups.ts'
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
 * Parts into which shops are divided, one for each hour, because every shop costs statements, however idle it is. Not 24: each
 * part then comes at another time every day, so that an installation that rests at the same hour daily misses no part for good.
 */
export const PARTS = 25
/** Shops that are cleaned up every hour. From here on an installation is large enough to run around the clock. */
const FEW = 500

/** The part of the shops that is cleaned up in the hour of `now`, from 0. */
export const partOf = (now: Date): number => Math.floor(now.getTime() / 3_600_000) % PARTS

/**
 * Deletes data past its retention, shop by shop: events, deliveries, idempotency keys, ended sessions, dead jobs and
 * invitations; and the installation's counts of failed sign-ins. With `part`, of many shops only those of that part.
 */
export async function cleanUp(
  app: AppContext,
  { part, few = FEW }: { part?: number; few?: number } = {},
): Promise<void> {
  await trimAttempts(app)
  const merchants = await lookUpMerchants(app)
  const isDue = (id: string) =>
    part === undefined || merchants.length <= few || Number(`0x${id.slice(-6)}`) % PARTS === part
  for (const merchantId of merchants.filter(isDue)) {
    for (const rows of OUTDATED) await deleteInBatches(app, merchantId, rows)
    await trimDeliveries(app, merchantId)
    const trimmed = await trimEvents(app, merchantId, {
      days: app.config.eventRetentionDays,
      readUpTo: SMALLEST_CURSOR,
    })
    if (trimmed > 0) app.logger.info({ trimmed }, 'old events removed')
  }
}
