import { createHash } from 'node:crypto'
import { systemActor } from '../../../auth/actor.ts'
import type { AppContext } from '../../../context.ts'
import { queryMerchant } from '../../../db/merchant-query.ts'
import type { Tx } from '../../../db/tx.ts'
import { withTenant } from '../../../unit-of-work/unit-of-work.ts'
import type { MediaOrigin, MediaStatus } from '../../../generated/prisma/enums.ts'
import { TryLaterError, type JobRun } from '../../../jobs/kit.ts'
import { reportProgress } from '../../../jobs/progress.ts'
import { BlobStoreError, readBlob } from '../../../storage/blob-store.ts'
import { MEDIA_LIMITS, mediaRetryDelay } from '../domain.ts'
import { mediaProcessed } from '../events.ts'
import { fetchImage, MediaNotReadyError } from './fetch-image.ts'
import { inspectImage } from '../images/inspect-image.ts'
import { processMediaJob } from '../jobs.ts'
import { MediaRefusedError } from '../problems.ts'
import { renderImage, type Rendered, type Rendition } from '../images/render-image.ts'
import { originalKeyOf } from '../library/upload-media.ts'

/** Length of a worker's lease on an image. Progress renews it. */
const LEASE_SECONDS = 30

type Work = { merchantId: string; mediaId: string; retryOf?: number | undefined }
type Claimed = {
  id: string
  status: MediaStatus
  origin: MediaOrigin
  folder: string
  originalKey: string | null
  messageId: string | null
  metaMediaId: string | null
  ageMs: number
}

const EXTENSIONS = { jpeg: 'jpg', png: 'png', webp: 'webp' } as const

/**
 * Processes an image: fetches and stores the original, renders all sizes, stores them, and emits `media_processed`. A lease in
 * the row admits one worker at a time; after a crash another worker continues from the row and the store. Clients see only
 * the last step: the files' rows, READY and the event commit together.
 *
 * @throws TryLaterError while storage or WhatsApp is unreachable, or another worker holds the lease.
 */
export async function processMedia({ app, lastAttempt, signal }: JobRun, work: Work): Promise<void> {
  const claimed = await claimLease(app, work)
  if (!claimed) return
  const attempt: Attempt = { claimed, stage: claimed.originalKey ? 'processing' : 'fetching' }
  try {
    const original = claimed.originalKey
      ? await readOriginal(app, claimed.originalKey)
      : await fetchOriginal(app, work, claimed)
    attempt.stage = 'processing'
    signal.throwIfAborted()
    await reportStep(app, work, 20)
    const rendered = await renderImage(original, {
      onStep: async (share) => reportStep(app, work, Math.round(20 + share * 60)),
    })
    signal.throwIfAborted()
    await publishRenditions(app, work, claimed, rendered)
  } catch (error) {
    await handleFailure(app, work, attempt, { error, lastAttempt })
  }
}

type Attempt = { claimed: Claimed; stage: 'fetching' | 'processing' }

/**
 * Claims the lease; null when the image needs no processing.
 *
 * @throws TryLaterError when another worker holds the lease, so that this job takes over if that worker crashes.
 */
async function claimLease(app: AppContext, { merchantId, mediaId, retryOf }: Work): Promise<Claimed | null> {
  const [claimed] = await queryMerchant<Claimed>(
    app,
    merchantId,
    `UPDATE media_asset SET leased_until = now() + interval '${LEASE_SECONDS} seconds'
      WHERE id = $1 AND status IN ('FETCHING', 'PROCESSING') AND (origin = 'CUSTOMER' OR status = 'PROCESSING')
        AND (leased_until IS NULL OR leased_until <= now())
      RETURNING id, status, origin, folder, original_key AS "originalKey", message_id AS "messageId",
        meta_media_id AS "metaMediaId", (extract(epoch FROM now() - created_at) * 1000)::float8 AS "ageMs"`,
    [mediaId],
  )
  if (claimed) return claimed
  // A job of the sweep need not wait for the lease, because the sweep enqueues the image again.
  if (retryOf) return null
  const [lease] = await queryMerchant<{ ms: number }>(
    app,
    merchantId,
    `SELECT (extract(epoch FROM leased_until - now()) * 1000)::float8 AS ms FROM media_asset
      WHERE id = $1 AND status IN ('FETCHING', 'PROCESSING') AND leased_until > now()`,
    [mediaId],
  )
  if (lease) throw new TryLaterError(Math.ceil(lease.ms) + 250, 'another worker holds the lease of this image')
  return null
}

/** @throws MediaRefusedError when the clean-up has deleted the original. */
async function readOriginal({ storage }: AppContext, key: string): Promise<Buffer> {
  try {
    return await readBlob(storage, key, MEDIA_LIMITS.bytes)
  } catch (error) {
    if (await storage.info(key)) throw error
    throw new MediaRefusedError('PROCESSING_FAILED', { cause: error })
  }
}

/** Fetches an image from WhatsApp, stores it as the original, and records its type and size. */
async function fetchOriginal(app: AppContext, { merchantId }: Work, claimed: Claimed): Promise<Buffer> {
  const { id, folder, metaMediaId } = claimed
  const bytes = await fetchImage(app, metaMediaId ?? '')
  const inspected = await inspectImage(bytes)
  const originalKey = originalKeyOf(folder)
  await app.storage.put(originalKey, bytes)
  const sha256 = createHash('sha256').update(bytes).digest()
  await withTenant(app, systemActor(merchantId), ({ tx }) =>
    tx.mediaAsset.updateMany({
      where: { id, status: 'FETCHING' },
      data: { status: 'PROCESSING', originalKey, ...inspected, bytes: bytes.length, sha256 },
    }),
  )
  return bytes
}

/** Raises the progress and renews the lease. */
async function reportStep(app: AppContext, work: Work, percent: number): Promise<void> {
  const { merchantId, mediaId } = work
  await queryMerchant(
    app,
    merchantId,
    `UPDATE media_asset SET progress = greatest(progress, $2), leased_until = now() + interval '${LEASE_SECONDS} seconds'
      WHERE id = $1 AND status IN ('FETCHING', 'PROCESSING')`,
    [mediaId, percent],
  )
  void reportProgress(app, { merchantId, job: processMediaJob, data: work, subjectId: mediaId, percent })
}

/** Stores the files under names that a retry overwrites, then commits their rows, READY and the event in one transaction. */
async function publishRenditions(
  app: AppContext,
  work: Work,
  claimed: Claimed,
  { files, placeholder }: Rendered,
): Promise<void> {
  const { id, folder } = claimed
  const keys = new Map<Buffer, string>()
  for (const { name, format, content } of files) {
    if (keys.has(content)) continue
    const key = `${folder}/${name}.${EXTENSIONS[format]}`
    await app.storage.put(key, content)
    keys.set(content, key)
    await reportStep(app, work, 80 + 2 * keys.size)
  }
  const { merchantId, mediaId } = work
  await withTenant(app, systemActor(merchantId), async ({ tx, emit }) => {
    const done = { status: 'READY', progress: 100, placeholder, processedAt: new Date(), leasedUntil: null } as const
    const { count } = await tx.mediaAsset.updateMany({ where: { id, status: 'PROCESSING' }, data: done })
    // Another worker has written the same result, because one of the two leases expired.
    if (count === 0) return
    await saveVariants(tx, { merchantId, assetId: id, files, keys })
    emit(processedEvent(claimed, 'READY', null))
  })
  void reportProgress(app, { merchantId, job: processMediaJob, data: work, subjectId: mediaId, percent: 100 })
}

async function saveVariants(
  tx: Tx,
  {
    merchantId,
    assetId,
    files,
    keys,
  }: { merchantId: string; assetId: string; files: Rendition[]; keys: Map<Buffer, string> },
): Promise<void> {
  await tx.mediaVariant.createMany({
    data: files.map(({ name, format, width, height, content }) => ({
      merchantId,
      assetId,
      name,
      format,
      width,
      height,
      bytes: content.length,
      key: keys.get(content) as string,
    })),
    skipDuplicates: true,
  })
}

type Failure = { code: string; message: string }

const processedEvent = ({ id, origin, messageId }: Claimed, status: 'READY' | 'FAILED', failure: Failure | null) =>
  mediaProcessed.draft(id, { mediaId: id, status, origin, messageId, failure })

/** Delays a retry while storage or WhatsApp is unreachable, retries other errors, and marks the image as FAILED after the last attempt. */
async function handleFailure(
  app: AppContext,
  { merchantId }: Work,
  { claimed, stage }: Attempt,
  { error, lastAttempt }: { error: unknown; lastAttempt: boolean },
): Promise<void> {
  const { id, ageMs } = claimed
  if (error instanceof BlobStoreError || error instanceof MediaNotReadyError) {
    const pauseMs = mediaRetryDelay(ageMs)
    app.logger.warn({ err: error, mediaId: id, pauseMs }, 'processing of an image is delayed')
    await releaseLease(app, merchantId, id, pauseMs)
    throw new TryLaterError(pauseMs + 250, error.message)
  }
  if (!(error instanceof MediaRefusedError) && !lastAttempt) {
    await releaseLease(app, merchantId, id, 0)
    throw error
  }
  const stageFailure = stage === 'fetching' ? 'FETCH_FAILED' : 'PROCESSING_FAILED'
  const { code, message } = error instanceof MediaRefusedError ? error : new MediaRefusedError(stageFailure)
  app.logger.info({ err: error, mediaId: id, code }, 'an image cannot be used')
  await withTenant(app, systemActor(merchantId), async ({ tx, emit }) => {
    const { count } = await tx.mediaAsset.updateMany({
      where: { id, status: { in: ['FETCHING', 'PROCESSING'] } },
      data: { status: 'FAILED', failureCode: code, failure: message, leasedUntil: null, processedAt: new Date() },
    })
    if (count > 0) emit(processedEvent(claimed, 'FAILED', { code, message }))
  })
}

/** Releases the lease now, or after `pauseMs`. */
async function releaseLease(app: AppContext, merchantId: string, id: string, pauseMs: number): Promise<void> {
  await queryMerchant(
    app,
    merchantId,
    `UPDATE media_asset SET leased_until = now() + make_interval(secs => $2)
      WHERE id = $1 AND status IN ('FETCHING', 'PROCESSING')`,
    [id, pauseMs / 1000],
  )
}
