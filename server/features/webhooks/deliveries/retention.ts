import type { AppContext } from '../../../context.ts'
import { deleteInBatches } from '../../../db/delete-in-batches.ts'

/** Days that deliveries and their attempts are kept. */
export const DELIVERY_DAYS = 30

/** SQL of the smallest cursor of the merchant's enabled endpoints. A disabled endpoint retains no events. */
export const SMALLEST_CURSOR =
  "SELECT min(w.cursor) FROM webhook_endpoint w WHERE w.status = 'ENABLED' AND w.deleted_at IS NULL"

/** Deletes a shop's old deliveries with their attempts, unless they are pending, and the rows of endpoints removed long ago. */
export async function trimDeliveries(app: AppContext, merchantId: string): Promise<void> {
  const condition = `created_at < now() - interval '${DELIVERY_DAYS} days' AND next_attempt_at IS NULL
    AND finished_at < now() - interval '${DELIVERY_DAYS} days'`
  await deleteInBatches(app, merchantId, { table: 'webhook_delivery', condition })
  // The remaining deliveries of an endpoint are deleted with it.
  const removed = `deleted_at < now() - interval '${DELIVERY_DAYS} days'`
  await deleteInBatches(app, merchantId, { table: 'webhook_endpoint', condition: removed, batch: 10 })
}
