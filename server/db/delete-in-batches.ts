import type { AppContext } from '../context.ts'
import { queryMerchant } from './merchant-query.ts'

/** Rows that one statement deletes, few enough to hold its locks for a short time only. */
const BATCH = 5_000

/**
 * Deletes the merchant's rows of `table` that fulfil `condition`, in batches that commit. Both are SQL of our own, never
 * input.
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
