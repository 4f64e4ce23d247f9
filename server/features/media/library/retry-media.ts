import type { Authorized } from '../../../auth/actor.ts'
import type { AppContext } from '../../../context.ts'
import { ValidationError } from '../../../errors.ts'
import { once } from '../../../unit-of-work/idempotency.ts'
import { withTenant } from '../../../unit-of-work/unit-of-work.ts'
import { mayRetry, retryStatus } from '../domain.ts'
import { processMediaJob } from '../jobs.ts'
import type { MediaRow } from '../queries.ts'
import type { MediaAction } from './remove-media.ts'
import { lockMedia, noMedia, readMedia } from './require-media.ts'

/**
 * Retries an image that could not be fetched or processed.
 *
 * @throws NotFoundError, or ValidationError when the file itself is unusable or no longer available.
 */
export async function retryMedia(
  app: AppContext,
  actor: Authorized<'media:write'>,
  { idempotencyKey: key, id }: MediaAction,
): Promise<MediaRow> {
  const { merchantId } = actor
  await withTenant(app, actor, (unit) =>
    once(unit, { key, operation: 'retryMedia', input: { id } }, async () => {
      const asset = await lockMedia(unit, id)
      if (asset.archivedAt) throw noMedia()
      const status = mayRetry(asset) ? retryStatus(asset) : null
      if (!status) throw new ValidationError([{ path: 'input.id', message: retryRefusal(asset) }])
      await unit.tx.mediaAsset.update({
        where: { id },
        data: { status, progress: 0, failureCode: null, failure: null, leasedUntil: null },
      })
      unit.audit({ action: 'media.retry', subjectId: id })
      unit.enqueue(processMediaJob.request({ merchantId, mediaId: id, retryOf: Date.now() }))
    }),
  )
  return readMedia(app, actor, id)
}

function retryRefusal({ status, failure }: { status: string; failure: string | null }): string {
  if (status === 'READY') return 'this image is ready'
  if (status !== 'FAILED') return 'this image is being processed'
  return `a retry would fail again: ${failure}`
}
