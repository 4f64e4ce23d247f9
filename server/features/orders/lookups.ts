import type { AppContext } from '../../context.ts'
import { lookUp, type MerchantRef } from '../../db/lookup.ts'

type App = Pick<AppContext, 'database'>

/** Orders whose stock reservation has expired, at most `atMost`. */
export async function lookUpExpiredReservations(
  app: App,
  atMost: number,
): Promise<(MerchantRef & { orderId: string })[]> {
  const text = 'SELECT merchant_id AS "merchantId", order_id AS "orderId" FROM lookup_expired_reservations($1)'
  return lookUp(app, { name: 'expired', text, values: [atMost] })
}
