import type { AppContext } from '../../context.ts'
import { queryShop } from '../../db/shop-query.ts'

/** How long deliveries and their attempts can be looked up. */
export const DELIVERY_DAYS = 30

/** Removes a shop's old deliveries with their attempts, unless they are still to be attempted, and endpoints removed long ago. */
export async function trimDeliveries(app: AppContext, merchantId: string): Promise<void> {
  await queryShop(
    app,
    merchantId,
    `DELETE FROM webhook_delivery d USING webhook_endpoint e
     WHERE d.endpoint_id = e.id AND d.created_at < now() - interval '${DELIVERY_DAYS} days' AND d.next_attempt_at IS NULL
       AND d.finished_at < now() - interval '${DELIVERY_DAYS} days'`,
  )
  await queryShop(
    app,
    merchantId,
    `DELETE FROM webhook_endpoint WHERE deleted_at < now() - interval '${DELIVERY_DAYS} days'`,
  )
}
