import type { AppContext } from '../context.ts'
import { queryMerchant } from './merchant-query.ts'

/** Rows that one statement deletes: soon over, so that nobody waits for its locks. */
const BATCH = 5_000

/**
 * Deletes the shop's rows of `table` for which `condition` holds, in batches that commit, however many there are. Both are
 * SQL of ours, never of a caller's.
 */
export async function deleteInBatches(
  app: Pick<AppContext, 'database'>,
  merchantId: string,
  { table, condition, batch = BATCH }: { table: string; condition: string; batch?: number },
): Promise<number> {
  const text = `WITH deleted AS (
    DELETE FROM ${table} WHERE ctid = ANY(ARRAY(SELECT ctid FROM ${table} WHERE ${condition} LIMIT $1)) RETURNING 1
  ) SELECT count(*)::int AS deleted FROM deleted`
  for (let total = 0; ;) {
    const [row] = await queryMerchant<{ deleted: number }>(app, merchantId, text, [batch])
    const deleted = row?.deleted ?? 0
    total += deleted
    if (deleted < batch) return total
  }
}
