import type { AppContext } from '../context.ts'
import { queryMerchant } from '../db/merchant-query.ts'

/**
 * SQL that settles the log of merchant `$1` when its last event was relayed and no other reader lags: sweeps then ask no more
 * about it. When later events are on their way, they get the time that every event gets. An event or a reader that comes
 * meanwhile changes the row that this statement has read, and keeps the log unsettled. `relayed` is a FROM clause with the
 * relay offset of that name; `lagging` is as for `settleLog`.
 */
export const settleSql = ({ relayed, lagging }: { relayed: string; lagging: string }): string => `
  UPDATE event_counter c SET unsettled_since = CASE WHEN c.last > relayed THEN clock_timestamp() END ${relayed}
  WHERE c.merchant_id = $1 AND NOT EXISTS (${lagging})
    AND c.unsettled_since = (SELECT read.unsettled_since FROM event_counter read WHERE read.merchant_id = $1)`

/**
 * Settles a merchant's log, if nothing is left to do about it. `lagging` is SQL that selects other readers of the log `c`
 * (event_counter) that have not read up to the relay offset `relayed`.
 */
export async function settleLog(app: AppContext, merchantId: string, lagging: string): Promise<void> {
  const relayed = 'FROM (SELECT r.relayed FROM event_relay r WHERE r.merchant_id = $1) relay'
  await queryMerchant(app, merchantId, settleSql({ relayed, lagging }), [merchantId])
}
