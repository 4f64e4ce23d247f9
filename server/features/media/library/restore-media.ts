import type { Authorized } from '../../../auth/actor.ts'
import type { AppContext } from '../../../context.ts'
import { once } from '../../../unit-of-work/idempotency.ts'
import { withTenant } from '../../../unit-of-work/unit-of-work.ts'
import type { MediaRow } from '../queries.ts'
import type { MediaAction } from './remove-media.ts'
import { lockMedia, readMedia } from './require-media.ts'

/** Restores a removed image whose files are not deleted yet. @throws NotFoundError. */
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
  return readMedia(app, actor, id)
}
