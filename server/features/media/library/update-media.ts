import { z } from 'zod'
import { actorLabel, type Authorized, type TenantActor } from '../../../auth/actor.ts'
import type { AppContext } from '../../../context.ts'
import { once } from '../../../unit-of-work/idempotency.ts'
import { isUuid } from '../../../db/shop-query.ts'
import { withTenant, type UnitOfWork } from '../../../unit-of-work/unit-of-work.ts'
import { NotFoundError, parseInput, ValidationError } from '../../../errors.ts'
import type { InboundContent } from '../../../whatsapp/content.ts'
import { displayName, MEDIA_LIMITS, mayRetry, stateToRetry } from '../domain.ts'
import { processMediaJob } from '../jobs.ts'
import { MediaInUseError, type MediaUses } from '../problems.ts'
import { findMedia, type MediaRow } from '../queries.ts'
import { newFolder } from './upload-media.ts'

const noMedia = () => new NotFoundError('No picture with this id exists in your shop.')

/** The picture within the unit of work, locked against others; removed ones and uploads that broke off do not exist here. */
async function lockMedia(unit: UnitOfWork, id: string) {
  if (!isUuid(id)) throw noMedia()
  const locked = await unit.tx.$queryRaw<{ id: string }[]>`SELECT id FROM media_asset WHERE id = ${id}::uuid FOR UPDATE`
  const asset = locked[0] && (await unit.tx.mediaAsset.findUnique({ where: { id }, include: { variants: true } }))
  if (!asset || (asset.origin === 'UPLOAD' && asset.status === 'FETCHING')) throw noMedia()
  return asset
}

/**
 * The picture with its files, to be shown by another feature; it cannot be removed before the unit of work ends.
 *
 * @throws NotFoundError when the shop has none with this id or it was removed, ValidationError at `path` when it is not ready.
 */
export async function requireReadyMedia(unit: UnitOfWork, id: string, path = 'input.mediaId') {
  const asset = await lockMedia(unit, id)
  if (asset.archivedAt) throw noMedia()
  if (asset.status === 'FAILED')
    throw new ValidationError([{ path, message: `this picture cannot be used: ${asset.failure}` }])
  if (asset.status !== 'READY')
    throw new ValidationError([{ path, message: 'this picture is still being processed; try again in a moment' }])
  return asset
}

/**
 * The same for what is shown to everybody, such as in chats: an address that must not end.
 *
 * @throws NotFoundError, or ValidationError when the picture is private or not ready.
 */
export async function requirePublicMedia(unit: UnitOfWork, id: string, path = 'input.mediaId') {
  const asset = await requireReadyMedia(unit, id, path)
  if (asset.visibility === 'PUBLIC') return asset
  throw new ValidationError([{ path, message: 'this picture is private; choose one that everybody may see' }])
}

/** The picture a customer sent with this message, in whatever state it is; null when the message brought none. */
export const mediaOfMessage = ({ tx }: Pick<UnitOfWork, 'tx'>, messageId: string) =>
  tx.mediaAsset.findUnique({ where: { messageId }, include: { variants: true } })

/** The picture that a message of a customer brings along, if any: an image, or a document that claims to be one. */
export function pictureIn(content: InboundContent): { metaMediaId: string; fileName: string } | null {
  if (content.kind === 'image') return { metaMediaId: content.mediaId, fileName: '' }
  if (content.kind !== 'document' || !content.mimeType.startsWith('image/')) return null
  return { metaMediaId: content.mediaId, fileName: displayName(content.filename ?? '') }
}

/** Notes that a message just taken in brought a picture, still to be fetched from WhatsApp. Customers' pictures are private. */
export async function expectMedia(
  unit: UnitOfWork,
  messageId: string,
  picture: { metaMediaId: string; fileName: string },
): Promise<string> {
  const { merchantId } = unit
  const { id } = await unit.tx.mediaAsset.create({
    data: {
      merchantId,
      status: 'FETCHING',
      origin: 'CUSTOMER',
      visibility: 'PRIVATE',
      folder: newFolder('PRIVATE'),
      messageId,
      ...picture,
      createdBy: actorLabel(unit.actor),
    },
    select: { id: true },
  })
  return id
}

async function shown(app: AppContext, actor: TenantActor, id: string): Promise<MediaRow> {
  const asset = await findMedia(app, actor.merchantId, id)
  if (!asset) throw noMedia()
  return asset
}

const mediaChange = z.object({
  id: z.string(),
  altText: z.string().trim().max(MEDIA_LIMITS.altText, `must be at most ${MEDIA_LIMITS.altText} characters`).nullish(),
  fileName: z
    .string()
    .max(MEDIA_LIMITS.fileName, `must be at most ${MEDIA_LIMITS.fileName} characters`)
    .transform(displayName)
    .refine((name) => name !== '', 'must not be empty')
    .nullish(),
})
export type MediaChange = z.input<typeof mediaChange> & { idempotencyKey?: string | null | undefined }

/** Changes what people read of a picture; its files stay. @throws NotFoundError, ValidationError. */
export async function updateMedia(
  app: AppContext,
  actor: Authorized<'media:write'>,
  { idempotencyKey: key, ...input }: MediaChange,
): Promise<MediaRow> {
  const { id, altText, fileName } = parseInput(mediaChange, input)
  await withTenant(app, actor, (unit) =>
    once(unit, { key, operation: 'updateMedia', input }, async () => {
      if ((await lockMedia(unit, id)).archivedAt) throw noMedia()
      await unit.tx.mediaAsset.update({
        where: { id },
        data: { ...(altText == null ? {} : { altText }), ...(fileName == null ? {} : { fileName }) },
      })
      unit.audit({ action: 'media.update', subjectId: id, detail: { altText, fileName } })
    }),
  )
  return shown(app, actor, id)
}

export type MediaAction = { id: string; idempotencyKey?: string | null | undefined }

/**
 * Takes a picture out of the library. Its files are deleted some days later, until then `restoreMedia` brings it back.
 *
 * @throws NotFoundError, or MediaInUseError while a product or template shows it or a payment rests on it.
 */
export async function removeMedia(
  app: AppContext,
  actor: Authorized<'media:write'>,
  { idempotencyKey: key, id }: MediaAction,
): Promise<MediaRow> {
  await withTenant(app, actor, (unit) =>
    once(unit, { key, operation: 'removeMedia', input: { id } }, async () => {
      const { archivedAt } = await lockMedia(unit, id)
      if (archivedAt) return
      const uses = await usesOf(unit, id)
      if (uses.productIds.length + uses.templates.length + uses.payments > 0) throw new MediaInUseError(uses)
      await unit.tx.mediaAsset.update({ where: { id }, data: { archivedAt: new Date() } })
      unit.audit({ action: 'media.remove', subjectId: id })
    }),
  )
  return shown(app, actor, id)
}

async function usesOf({ tx }: UnitOfWork, id: string): Promise<MediaUses> {
  const products = await tx.product.findMany({ where: { mediaId: id }, select: { id: true }, take: 100 })
  // What is sent is the version WhatsApp approved, which may be older than the one that is shown.
  const templates = await tx.$queryRaw<{ name: string }[]>`
    SELECT t.name FROM template t WHERE t.archived_at IS NULL AND (t.content->>'mediaId' = ${id} OR EXISTS (
      SELECT 1 FROM template_version v WHERE v.template_id = t.id AND v.version = t.approved_version AND v.content->>'mediaId' = ${id}))
    ORDER BY t.name LIMIT 100`
  return {
    productIds: products.map((product) => product.id),
    templates: templates.map((template) => template.name),
    payments: await tx.payment.count({ where: { proofMediaId: id } }),
  }
}

/** Brings a removed picture back, as long as its files are there. @throws NotFoundError. */
export async function restoreMedia(
  app: AppContext,
  actor: Authorized<'media:write'>,
  { idempotencyKey: key, id }: MediaAction,
): Promise<MediaRow> {
  await withTenant(app, actor, (unit) =>
    once(unit, { key, operation: 'restoreMedia', input: { id } }, async () => {
      const { archivedAt } = await lockMedia(unit, id)
      if (!archivedAt) return
      await unit.tx.mediaAsset.update({ where: { id }, data: { archivedAt: null } })
      unit.audit({ action: 'media.restore', subjectId: id })
    }),
  )
  return shown(app, actor, id)
}

/**
 * Tries a picture again that could not be fetched or processed.
 *
 * @throws NotFoundError, or ValidationError when the file itself is at fault or no longer there.
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
      const status = mayRetry(asset) ? stateToRetry(asset) : null
      if (!status) throw new ValidationError([{ path: 'input.id', message: whyNot(asset) }])
      await unit.tx.mediaAsset.update({
        where: { id },
        data: { status, progress: 0, failureCode: null, failure: null, leasedUntil: null },
      })
      unit.audit({ action: 'media.retry', subjectId: id })
      unit.enqueue(processMediaJob.request({ merchantId, mediaId: id, retryOf: Date.now() }))
    }),
  )
  return shown(app, actor, id)
}

function whyNot({ status, failure }: { status: string; failure: string | null }): string {
  if (status === 'READY') return 'this picture is ready'
  if (status !== 'FAILED') return 'this picture is being worked on'
  return `another try would end the same: ${failure}`
}
