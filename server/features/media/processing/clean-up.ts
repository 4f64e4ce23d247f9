import type { AppContext } from '../../../context.ts'
import { queryMerchant } from '../../../db/merchant-query.ts'
import { merchantsOfPart, type PartOptions } from '../../merchants/parts.ts'

/** Days for which removed images can be restored and originals of processed images are kept. */
const GRACE_DAYS = 7
/** Hours after which an interrupted upload is deleted; its idempotency key is kept for 24 hours. */
const ABANDONED_HOURS = 25
const BATCH = 200

type ExpiredAsset = { id: string; folder: string }

/**
 * Deletes media that are no longer needed, merchant by merchant: removed images, images whose message is deleted, interrupted
 * uploads, and originals of processed images. Files are deleted before their rows, so that a run that is interrupted leaves no
 * file without a row. With `part`, of many shops only those of that part.
 */
export async function cleanUpMedia(app: AppContext, options: PartOptions = {}): Promise<void> {
  const failures: unknown[] = []
  for (const merchantId of await merchantsOfPart(app, options)) {
    // A failure of one merchant must not block the others.
    await cleanUpMerchant(app, merchantId).catch((error: unknown) => failures.push(error))
  }
  if (failures.length > 0) throw failures[0]
}

async function cleanUpMerchant(app: AppContext, merchantId: string): Promise<void> {
  const expired = await queryMerchant<ExpiredAsset>(
    app,
    merchantId,
    `SELECT id, folder FROM media_asset WHERE (leased_until IS NULL OR leased_until < now()) AND (
        archived_at < now() - interval '${GRACE_DAYS} days'
        OR (origin = 'UPLOAD' AND status = 'FETCHING' AND created_at < now() - interval '${ABANDONED_HOURS} hours')
        OR (origin = 'CUSTOMER' AND message_id IS NULL)) LIMIT ${BATCH}`,
  )
  for (const { id, folder } of expired) {
    await app.storage.deleteFolder(folder)
    await queryMerchant(app, merchantId, 'DELETE FROM media_asset WHERE id = $1', [id])
  }
  const finished = await queryMerchant<{ id: string; key: string }>(
    app,
    merchantId,
    `SELECT id, original_key AS key FROM media_asset WHERE original_key IS NOT NULL AND status IN ('READY', 'FAILED')
      AND processed_at < now() - interval '${GRACE_DAYS} days' LIMIT ${BATCH}`,
  )
  for (const { id, key } of finished) {
    await app.storage.delete(key)
    await queryMerchant(
      app,
      merchantId,
      'UPDATE media_asset SET original_key = NULL WHERE id = $1 AND original_key = $2',
      [id, key],
    )
  }
  if (expired.length + finished.length > 0)
    app.logger.info({ removed: expired.length, originals: finished.length }, 'media cleaned up')
}
