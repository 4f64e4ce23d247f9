import type { AppContext } from '../../context.ts'
import { lookUp, type MerchantRef } from '../../db/lookup.ts'

type App = Pick<AppContext, 'database'>

/** Media that have waited to be fetched or processed for `olderThanSeconds`, at most `atMost`. */
export async function lookUpUnfinishedMedia(
  app: App,
  olderThanSeconds: number,
  atMost: number,
): Promise<(MerchantRef & { assetId: string })[]> {
  const text =
    'SELECT merchant_id AS "merchantId", asset_id AS "assetId" FROM lookup_unfinished_media(make_interval(secs => $1), $2)'
  return lookUp(app, { name: 'unfinished_media', text, values: [olderThanSeconds, atMost] })
}
