import * as z from 'zod'
import type { Authorized } from '../../../auth/actor.ts'
import type { AppContext } from '../../../context.ts'
import { parseInput } from '../../../errors.ts'
import { once } from '../../../unit-of-work/idempotency.ts'
import { withTenant } from '../../../unit-of-work/unit-of-work.ts'
import { displayName, MEDIA_LIMITS } from '../domain.ts'
import type { MediaRow } from '../queries.ts'
import { lockMedia, noMedia, readMedia } from './require-media.ts'

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

/** Changes the alternative text and the name of an image. @throws NotFoundError, ValidationError. */
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
  return readMedia(app, actor, id)
}
