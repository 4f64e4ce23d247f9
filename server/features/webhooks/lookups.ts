import type { AppContext } from '../../context.ts'
import { lookUp, type MerchantRef } from '../../db/lookup.ts'

type App = Pick<AppContext, 'database'>

/** Merchants with an enabled endpoint whose cursor is behind the log, when the log has been unsettled for `olderThanMs`. */
export async function lookUpUndispatched(app: App, olderThanMs: number): Promise<string[]> {
  const text = 'SELECT merchant_id AS "merchantId" FROM lookup_undispatched(make_interval(secs => $1))'
  const rows = await lookUp(app, { name: 'undispatched', text, values: [olderThanMs / 1000] })
  return rows.map(({ merchantId }) => merchantId)
}

/** Deliveries whose next attempt has been due for `olderThanSeconds`, at most `ofEach` of an endpoint. */
export async function lookUpDueDeliveries(
  app: App,
  olderThanSeconds: number,
  ofEach: number,
): Promise<(MerchantRef & { endpointId: string; deliveryId: string })[]> {
  const text =
    'SELECT merchant_id AS "merchantId", endpoint_id AS "endpointId", delivery_id AS "deliveryId" FROM lookup_due_deliveries(make_interval(secs => $1), $2)'
  return lookUp(app, { name: 'due_deliveries', text, values: [olderThanSeconds, ofEach] })
}
