import { createHash } from 'node:crypto'
import { uuidv7 } from 'uuidv7'
import * as z from 'zod'
import { actorLabel, type Authorized, type TenantActor } from '../../../auth/actor.ts'
import { randomSecret } from '../../../auth/secrets.ts'
import type { AppContext } from '../../../context.ts'
import { once } from '../../../unit-of-work/idempotency.ts'
import { withTenant } from '../../../unit-of-work/unit-of-work.ts'
import { AppError, NotFoundError, parseInput } from '../../../errors.ts'
import type { MediaVisibility } from '../../../generated/prisma/enums.ts'
import { requireUploadedFile } from '../../../graphql/uploaded-file.ts'
import { PRIVATE_PREFIX } from '../../../storage/media-urls.ts'
import { BlobStoreError } from '../../../storage/blob-store.ts'
import { displayName, MEDIA_LIMITS } from '../domain.ts'
import { inspectImage } from '../images/inspect-image.ts'
import { processMediaJob } from '../jobs.ts'
import { MediaStorageUnavailableError } from '../problems.ts'
import { findMedia, type MediaRow } from '../queries.ts'

const newUpload = z.object({
  altText: z.string().trim().max(MEDIA_LIMITS.altText, `must be at most ${MEDIA_LIMITS.altText} characters`).nullish(),
  visibility: z.enum(['PUBLIC', 'PRIVATE']).nullish(),
})
export type MediaUpload = z.input<typeof newUpload> & {
  file?: unknown
  idempotencyKey?: string | null | undefined
}

/** A random folder for the files of an image. The prefix of private images makes their URLs require a signature. */
export const newFolder = (visibility: MediaVisibility): string =>
  `${visibility === 'PRIVATE' ? PRIVATE_PREFIX : ''}${randomSecret()}`

// The media route does not serve this file type, so originals cannot be downloaded.
export const originalKeyOf = (folder: string): string => `${folder}/original.bin`

/** The permission that every mutation with a file requires. */
export const UPLOAD_PERMISSION = 'media:write'

/**
 * Adds an image to the library and schedules its processing. The row is written before the file, so that every file has a
 * row; an upload without its file stays invisible. A repeat with the same key completes an interrupted upload.
 *
 * @throws ValidationError, MediaRefusedError for an unusable file, MediaStorageUnavailableError.
 */
export async function uploadMedia(
  app: AppContext,
  actor: Authorized<typeof UPLOAD_PERMISSION>,
  { idempotencyKey: key, file: given, ...rest }: MediaUpload,
): Promise<MediaRow> {
  const file = requireUploadedFile(given)
  const { altText, visibility: wanted } = parseInput(newUpload, rest)
  const inspected = await inspectImage(file.bytes)
  const sha256 = createHash('sha256').update(file.bytes).digest()
  const input = { ...rest, fileName: file.fileName, sha256: sha256.toString('hex') }
  const { merchantId } = actor
  const visibility = wanted ?? 'PUBLIC'
  const id = await withTenant(app, actor, (unit) =>
    once(unit, { key, operation: 'uploadMedia', input }, async () => {
      const mediaId = uuidv7()
      await unit.tx.mediaAsset.create({
        data: {
          id: mediaId,
          merchantId,
          status: 'FETCHING',
          origin: 'UPLOAD',
          visibility,
          fileName: displayName(file.fileName),
          altText: altText ?? '',
          folder: newFolder(visibility),
          ...inspected,
          bytes: file.bytes.length,
          sha256,
          createdBy: actorLabel(actor),
        },
      })
      return mediaId
    }),
  )
  await storeOriginal(app, actor, { id, bytes: file.bytes })
  const asset = await findMedia(app, merchantId, id)
  if (!asset) throw new NotFoundError('The image was removed a moment ago.')
  return asset
}

async function storeOriginal(
  app: AppContext,
  actor: TenantActor,
  { id, bytes }: { id: string; bytes: Buffer },
): Promise<void> {
  const { merchantId } = actor
  const found = await withTenant(app, actor, ({ tx }) =>
    tx.mediaAsset.findUnique({ where: { id }, select: { status: true, folder: true } }),
  )
  if (!found)
    throw new AppError('BAD_INPUT', 'The first upload with this key was interrupted too long ago; use a new key.')
  if (found.status !== 'FETCHING') return
  const originalKey = originalKeyOf(found.folder)
  try {
    await app.storage.put(originalKey, bytes)
  } catch (error) {
    if (!(error instanceof BlobStoreError)) throw error
    app.logger.error({ err: error, mediaId: id }, 'an image could not be stored')
    throw new MediaStorageUnavailableError(error)
  }
  await withTenant(app, actor, async (unit) => {
    const { count } = await unit.tx.mediaAsset.updateMany({
      where: { id, status: 'FETCHING' },
      data: { status: 'PROCESSING', originalKey },
    })
    if (count > 0) unit.audit({ action: 'media.upload', subjectId: id })
    unit.enqueue(processMediaJob.request({ merchantId, mediaId: id }))
  })
}
