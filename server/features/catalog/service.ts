import { uuidv7 } from 'uuidv7'
import * as z from 'zod'
import type { Authorized } from '../../auth/actor.ts'
import type { AppContext } from '../../context.ts'
import { isConstraint } from '../../db/errors.ts'
import { once } from '../../unit-of-work/idempotency.ts'
import { isUuid } from '../../db/merchant-query.ts'
import { withTenant, type UnitOfWork } from '../../unit-of-work/unit-of-work.ts'
import { NotFoundError, parseInput, ValidationError, type ValidationIssue } from '../../errors.ts'
import { loadMerchant } from '../merchants/service.ts'
import { stockLow } from './events.ts'
import { findProduct, loadVariants, type ProductRow, type VariantRow } from './queries.ts'
import { availableOf, crossesThreshold, type Stock } from './stock.ts'

// In minor units. The total of a full cart, 50 lines of 99 pieces, stays below 2^53 and so exact.
const price = z
  .number()
  .int('must be whole minor units')
  .min(0, 'must not be negative')
  .max(100_000_000_000, 'must be at most 100000000000')
const onHand = z.number().int().min(0, 'must not be negative').max(1_000_000, 'must be at most 1000000')

const newProduct = z.object({
  name: z.string().trim().min(1, 'must not be empty').max(120, 'must be at most 120 characters'),
  description: z.string().trim().max(2_000, 'must be at most 2000 characters').nullish(),
  categoryId: z.string().nullish(),
  variants: z
    .array(
      z.object({
        sku: z.string().trim().min(1, 'must not be empty').max(64, 'must be at most 64 characters'),
        name: z.string().trim().max(80, 'must be at most 80 characters').nullish(),
        price,
        onHand,
      }),
    )
    .min(1, 'needs at least one variant')
    .max(50, 'must have at most 50 variants'),
  imageKey: z.string().nullish(),
  position: z.number().int().nullish(),
})
export type NewProduct = z.input<typeof newProduct> & { idempotencyKey?: string | null | undefined }

/**
 * Adds a product with its variants.
 *
 * @throws ValidationError for unusable values, an unknown category, or a SKU that is taken.
 */
export async function createProduct(
  app: AppContext,
  actor: Authorized<'catalog:write'>,
  { idempotencyKey: key, ...input }: NewProduct,
): Promise<ProductRow> {
  const product = parseInput(newProduct, input)
  assertDistinctSkus(product.variants.map((variant) => variant.sku))
  const id = await withTenant(app, actor, (unit) =>
    once(unit, { key, operation: 'createProduct', input }, async () => {
      const { tx, merchantId } = unit
      const { categoryId } = product
      const category = categoryId
        ? isUuid(categoryId) && (await tx.category.findUnique({ where: { id: categoryId }, select: { id: true } }))
        : null
      if (category === false || (categoryId && !category))
        throw invalid('input.categoryId', 'no such category in this shop')
      const position =
        product.position ?? ((await tx.product.aggregate({ _max: { position: true } }))._max.position ?? 0) + 1
      const productId = uuidv7()
      const { name, description, imageKey } = product
      await tx.product.create({
        data: {
          id: productId,
          merchantId,
          name,
          description: description ?? '',
          categoryId: categoryId ?? null,
          imageKey: imageKey ?? null,
          position,
        },
      })
      await tx.variant.createMany({
        data: product.variants.map((variant, index) => ({
          merchantId,
          productId,
          ...variant,
          name: variant.name ?? '',
          position: index,
        })),
      })
      unit.audit({ action: 'product.create', subjectId: productId })
      return productId
    }),
  ).catch((error: unknown) => {
    throw isConstraint(error, 'sku')
      ? invalid('input.variants', 'a variant of this shop already has one of these SKUs')
      : error
  })
  return existing(await findProduct(app, actor.merchantId, id))
}

const variantChange = z.object({ id: z.string(), price: price.nullish(), onHand: onHand.nullish() })
export type VariantChange = z.input<typeof variantChange> & { idempotencyKey?: string | null | undefined }
type StockRow = Stock & { sku: string; productName: string }

/**
 * Changes a variant's price or stock. Orders already placed keep their prices.
 *
 * @throws NotFoundError, or ValidationError when `onHand` would be less than the reserved quantity.
 */
export async function updateVariant(
  app: AppContext,
  actor: Authorized<'catalog:write'>,
  { idempotencyKey: key, ...input }: VariantChange,
): Promise<VariantRow> {
  const change = parseInput(variantChange, input)
  if (!isUuid(change.id)) throw noVariant()
  const { lowStockThreshold } = await loadMerchant(app, actor.merchantId)
  await withTenant(app, actor, (unit) =>
    once(unit, { key, operation: 'updateVariant', input }, async () => {
      const rows = await unit.tx.$queryRaw<StockRow[]>`
        SELECT v.on_hand AS "onHand", v.reserved, v.archived_at IS NOT NULL AS archived, v.sku, p.name AS "productName"
        FROM variant v JOIN product p ON p.id = v.product_id
        WHERE v.id = ${change.id}::uuid FOR UPDATE OF v`
      const before = rows[0]
      if (!before) throw noVariant()
      const after = change.onHand ?? before.onHand
      if (after < before.reserved)
        throw invalid('input.onHand', `must be at least ${before.reserved}, the number reserved by orders`)
      await unit.tx.$executeRaw`
        UPDATE variant SET on_hand = ${after}, price = coalesce(${change.price ?? null}::bigint, price) WHERE id = ${change.id}::uuid`
      const available = availableOf({ ...before, onHand: after })
      if (crossesThreshold(availableOf(before), available, lowStockThreshold)) {
        unit.emit(
          stockLow.draft(change.id, {
            variantId: change.id,
            sku: before.sku,
            productName: before.productName,
            available,
          }),
        )
      }
      unit.audit({
        action: 'variant.update',
        subjectId: change.id,
        detail: { price: change.price ?? null, onHand: change.onHand ?? null },
      })
      return change.id
    }),
  )
  return existing((await loadVariants(app, actor.merchantId, [change.id]))[0])
}

/** Sets the image of a product: the id of the image in the library, and the key of the file that chats show. */
export async function saveProductImage(
  { tx }: Pick<UnitOfWork, 'tx'>,
  productId: string,
  image: { mediaId: string | null; imageKey: string | null },
): Promise<void> {
  await tx.product.update({ where: { id: productId }, data: image })
}

function assertDistinctSkus(skus: string[]): void {
  const issues: ValidationIssue[] = []
  for (const [index, sku] of skus.entries()) {
    if (skus.indexOf(sku) < index)
      issues.push({ path: `input.variants.${index}.sku`, message: 'must differ from the other variants' })
  }
  if (issues.length > 0) throw new ValidationError(issues)
}

const invalid = (path: string, message: string) => new ValidationError([{ path, message }])
const noVariant = () => new NotFoundError('No variant with this id exists in your shop.')

function existing<Row>(row: Row | null | undefined): Row {
  if (!row) throw new NotFoundError('It was removed a moment ago.')
  return row
}
