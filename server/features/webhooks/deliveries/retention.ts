import type { AppContext } from '../../../context.ts'
import { deleteInBatches } from '../../../db/delete-in-batches.ts'

/** How long deliveries and their attempts can be looked up. */
export const DELIVERY_DAYS = 30

/** SQL of the smallest cursor of the merchant's enabled endpoints. An endpoint that is switched off holds no event back. */
export const SMALLEST_CURSOR =
  "SELECT min(w.cursor) FROM webhook_endpoint w WHERE w.status = 'ENABLED' AND w.deleted_at IS NULL"

/** Removes a shop's old deliveries with their attempts, unless they are still to be attempted, and endpoints removed long ago. */
export async function trimDeliveries(app: AppContext, merchantId: string): Promise<void> {
  const condition = `created_at < now() - interval '${DELIVERY_DAYS} days' AND next_attempt_at IS NULL
    AND finished_at < now() - interval '${DELIVERY_DAYS} days'`
  await deleteInBatches(app, merchantId, { table: 'webhook_delivery', condition })
  // Endpoints take what is left of their deliveries with them.
  const removed = `deleted_at < now() - interval '${DELIVERY_DAYS} days'`
  await deleteInBatches(app, merchantId, { table: 'webhook_endpoint', condition: removed, batch: 10 })
}
