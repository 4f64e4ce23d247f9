import type { AppContext } from '../context.ts'
import { queryShop } from '../db/shop-query.ts'

/**
 * Removes a shop's events older than `days`, as far as they were relayed and dispatched, and notes how far, so that a
 * subscriber with an older cursor is told of the gap. A webhook endpoint that is switched off holds nothing back. Returns
 * how many were removed.
 */
export async function trimEvents(app: AppContext, merchantId: string, days: number): Promise<number> {
  for (let total = 0; ;) {
    const removed = await trimBatch(app, merchantId, days)
    total += removed
    if (removed < BATCH) return total
  }
}

/** Events removed at once. The relay waits meanwhile, for the mark it moves is locked. */
const BATCH = 5_000

async function trimBatch(app: AppContext, merchantId: string, days: number): Promise<number> {
  const [row] = await queryShop<{ removed: number }>(
    app,
    merchantId,
    `WITH mark AS (
      SELECT max(old.sequence) AS sequence FROM (SELECT e.sequence FROM event e JOIN event_relay r ON e.sequence <= r.relayed
      WHERE e.occurred_at < now() - make_interval(days => $1)
        AND e.sequence <= coalesce((SELECT min(w.cursor) FROM webhook_endpoint w WHERE w.status = 'ENABLED' AND w.deleted_at IS NULL), e.sequence)
      ORDER BY e.sequence LIMIT $2) old
    ), noted AS (
      UPDATE event_relay SET trimmed = mark.sequence FROM mark WHERE mark.sequence > trimmed
    ), removed AS (
      DELETE FROM event USING mark WHERE event.sequence <= mark.sequence RETURNING 1
    )
    SELECT count(*)::int AS removed FROM removed`,
    [days, BATCH],
  )
  return row?.removed ?? 0
}
