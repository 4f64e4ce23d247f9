import type { Authorized } from '../../../auth/actor.ts'
import type { AppContext } from '../../../context.ts'
import { once } from '../../../unit-of-work/idempotency.ts'
import { isUuid } from '../../../db/merchant-query.ts'
import { withTenant } from '../../../unit-of-work/unit-of-work.ts'
import { NotFoundError } from '../../../errors.ts'
import { findProduct, type ProductRow } from '../../catalog/queries.ts'
import { saveProductImage } from '../../catalog/service.ts'
import { requirePublicMedia } from './require-media.ts'

export type ProductImage = {
  productId: string
  mediaId?: string | null | undefined
  idempotencyKey?: string | null | undefined
}

const noProduct = () => new NotFoundError('No product with this id exists in your shop.')

/**
 * Sets or removes the image of a product. Chats show its WhatsApp rendition.
 *
 * @throws NotFoundError, or ValidationError when the image is private or not ready.
 */
export async function setProductImage(
  app: AppContext,
  actor: Authorized<'catalog:write'>,
  { idempotencyKey: key, productId, mediaId = null }: ProductImage,
): Promise<ProductRow> {
  if (!isUuid(productId)) throw noProduct()
  await withTenant(app, actor, (unit) =>
    once(unit, { key, operation: 'setProductImage', input: { productId, mediaId } }, async () => {
      const known = await unit.tx.product.findUnique({ where: { id: productId }, select: { id: true } })
      if (!known) throw noProduct()
      const asset = mediaId === null ? null : await requirePublicMedia(unit, mediaId)
      const imageKey = asset?.variants.find((variant) => variant.name === 'whatsapp')?.key ?? null
      await saveProductImage(unit, productId, { mediaId, imageKey })
      unit.audit({ action: 'product.set_image', subjectId: productId, detail: { mediaId } })
    }),
  )
  const product = await findProduct(app, actor.merchantId, productId)
  if (!product) throw noProduct()
  return product
}
