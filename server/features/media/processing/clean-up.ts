import type { AppContext } from '../../../context.ts'
import { queryShop } from '../../../db/shop-query.ts'
import { lookUpMerchants } from '../../merchants/lookups.ts'

/** How long a removed picture can be brought back, and the original of one that is finished is kept. */
const GRACE_DAYS = 7
/** An upload that broke off may be completed with its key for as long as keys are remembered (24 hours). */
const ABANDONED_HOURS = 25
const BATCH = 200

type Doomed = { id: string; folder: string }

/**
 * Removes, shop by shop, what is no longer needed of pictures: removed ones with all their files, those whose message is
 * gone, uploads that broke off, and originals of finished ones. Files go first and rows last, so a run that dies leaves nothing that the next would miss.
 */
export async function cleanUpMedia(app: AppContext): Promise<void> {
  const failures: unknown[] = []
  for (const merchantId of await lookUpMerchants(app)) {
    // One shop's trouble must not keep the others waiting.
    await cleanUpShop(app, merchantId).catch((error: unknown) => failures.push(error))
  }
  if (failures.length > 0) throw failures[0]
}

async function cleanUpShop(app: AppContext, merchantId: string): Promise<void> {
  const doomed = await queryShop<Doomed>(
    app,
    merchantId,
    `SELECT id, folder FROM media_asset WHERE (leased_until IS NULL OR leased_until < now()) AND (
        archived_at < now() - interval '${GRACE_DAYS} days'
        OR (origin = 'UPLOAD' AND status = 'FETCHING' AND created_at < now() - interval '${ABANDONED_HOURS} hours')
        OR (origin = 'CUSTOMER' AND message_id IS NULL)) LIMIT ${BATCH}`,
  )
  for (const { id, folder } of doomed) {
    await app.storage.deleteFolder(folder)
    await queryShop(app, merchantId, 'DELETE FROM media_asset WHERE id = $1', [id])
  }
  const finished = await queryShop<{ id: string; key: string }>(
    app,
    merchantId,
    `SELECT id, original_key AS key FROM media_asset WHERE original_key IS NOT NULL AND status IN ('READY', 'FAILED')
      AND processed_at < now() - interval '${GRACE_DAYS} days' LIMIT ${BATCH}`,
  )
  for (const { id, key } of finished) {
    await app.storage.delete(key)
    await queryShop(app, merchantId, 'UPDATE media_asset SET original_key = NULL WHERE id = $1 AND original_key = $2', [
      id,
      key,
    ])
  }
  if (doomed.length + finished.length > 0)
    app.logger.info({ removed: doomed.length, originals: finished.length }, 'pictures cleaned up')
}
