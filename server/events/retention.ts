import type { AppContext } from '../context.ts'
import { queryMerchant } from '../db/merchant-query.ts'

/** Events removed by one statement. The relay waits meanwhile, because the row of its offset is locked. */
const BATCH = 5_000

export type EventRetention = {
  days: number
  /** SQL of the sequence up to which other readers have read the log; NULL when none holds events back. */
  readUpTo: string
}

/**
 * Removes a merchant's events older than `days`, as far as they were relayed and read, and stores how far, so that a
 * subscriber with an older cursor gets a gap. Returns the number of removed events.
 */
export async function trimEvents(app: AppContext, merchantId: string, retention: EventRetention): Promise<number> {
  for (let total = 0; ;) {
    const removed = await trimBatch(app, merchantId, retention)
    total += removed
    if (removed < BATCH) return total
  }
}

async function trimBatch(app: AppContext, merchantId: string, { days, readUpTo }: EventRetention): Promise<number> {
  const [row] = await queryMerchant<{ removed: number }>(
    app,
    merchantId,
    `WITH last_removable AS (
      SELECT max(old.sequence) AS sequence FROM (SELECT e.sequence FROM event e JOIN event_relay r ON e.sequence <= r.relayed
      WHERE e.occurred_at < now() - make_interval(days => $1)
        AND e.sequence <= coalesce((${readUpTo}), e.sequence)
      ORDER BY e.sequence LIMIT $2) old
    ), updated_relay AS (
      UPDATE event_relay SET trimmed = last_removable.sequence FROM last_removable WHERE last_removable.sequence > trimmed
    ), removed_event AS (
      DELETE FROM event USING last_removable WHERE event.sequence <= last_removable.sequence RETURNING 1
    )
    SELECT count(*)::int AS removed FROM removed_event`,
    [days, BATCH],
  )
  return row?.removed ?? 0
}
