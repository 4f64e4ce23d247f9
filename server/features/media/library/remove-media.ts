import type { Authorized } from '../../../auth/actor.ts'
import type { AppContext } from '../../../context.ts'
import { once } from '../../../unit-of-work/idempotency.ts'
import { withTenant, type UnitOfWork } from '../../../unit-of-work/unit-of-work.ts'
import { MediaInUseError, type MediaUses } from '../problems.ts'
import type { MediaRow } from '../queries.ts'
import { lockMedia, readMedia } from './require-media.ts'

export type MediaAction = { id: string; idempotencyKey?: string | null | undefined }

/**
 * Removes an image from the library. Its files are deleted a week later; until then `restoreMedia` restores it.
 *
 * @throws NotFoundError, or MediaInUseError while a product or template shows it or it is the proof of a payment.
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
  return readMedia(app, actor, id)
}

async function usesOf({ tx }: UnitOfWork, id: string): Promise<MediaUses> {
  const products = await tx.product.findMany({ where: { mediaId: id }, select: { id: true }, take: 100 })
  // Messages use the approved version of a template, which may be older than its current text.
  const templates = await tx.$queryRaw<{ name: string }[]>`
    SELECT t.name FROM template t WHERE t.archived_at IS NULL AND (t.content->>'mediaId' = ${id} OR ${id} = (
      SELECT v.content->>'mediaId' FROM template_version v WHERE v.template_id = t.id AND v.version = t.approved_version))
    ORDER BY t.name LIMIT 100`
  return {
    productIds: products.map((product) => product.id),
    templates: templates.map((template) => template.name),
    payments: await tx.payment.count({ where: { proofMediaId: id } }),
  }
}
