import type { TenantActor } from '../../../auth/actor.ts'
import type { AppContext } from '../../../context.ts'
import { isUuid } from '../../../db/merchant-query.ts'
import { NotFoundError, ValidationError } from '../../../errors.ts'
import type { UnitOfWork } from '../../../unit-of-work/unit-of-work.ts'
import { findMedia, type MediaRow } from '../queries.ts'

export const noMedia = () => new NotFoundError('No image with this id exists in your shop.')

/** Locks an image and reads it with its files. Incomplete uploads count as missing. @throws NotFoundError. */
export async function lockMedia(unit: UnitOfWork, id: string) {
  if (!isUuid(id)) throw noMedia()
  const locked = await unit.tx.$queryRaw<{ id: string }[]>`SELECT id FROM media_asset WHERE id = ${id}::uuid FOR UPDATE`
  const asset = locked[0] && (await unit.tx.mediaAsset.findUnique({ where: { id }, include: { variants: true } }))
  if (!asset || (asset.origin === 'UPLOAD' && asset.status === 'FETCHING')) throw noMedia()
  return asset
}

/**
 * Locks an image that another feature is about to show, so that it cannot be removed before the unit of work ends.
 *
 * @throws NotFoundError when the merchant has no such image or it is removed, ValidationError at `path` when it is not ready.
 */
export async function requireReadyMedia(unit: UnitOfWork, id: string, path = 'input.mediaId') {
  const asset = await lockMedia(unit, id)
  if (asset.archivedAt) throw noMedia()
  if (asset.status === 'FAILED')
    throw new ValidationError([{ path, message: `this image cannot be used: ${asset.failure}` }])
  if (asset.status !== 'READY')
    throw new ValidationError([{ path, message: 'this image is still being processed; try again in a moment' }])
  return asset
}

/**
 * Locks a public image, whose URL never expires. Chats show only such images.
 *
 * @throws NotFoundError, or ValidationError when the image is private or not ready.
 */
export async function requirePublicMedia(unit: UnitOfWork, id: string, path = 'input.mediaId') {
  const asset = await requireReadyMedia(unit, id, path)
  if (asset.visibility === 'PUBLIC') return asset
  throw new ValidationError([{ path, message: 'this image is private; choose a public one' }])
}

/** The image as the API shows it. @throws NotFoundError. */
export async function readMedia(app: AppContext, actor: TenantActor, id: string): Promise<MediaRow> {
  const asset = await findMedia(app, actor.merchantId, id)
  if (!asset) throw noMedia()
  return asset
}
