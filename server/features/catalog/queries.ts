import type { AppContext } from '../../context.ts'
import { isoTime, isUuid, likeAnywhere, oneOf, queryMerchant } from '../../db/merchant-query.ts'
import type { Keyset, PageRequest } from '../../graphql/connection.ts'
import { loadMerchant, type MerchantRow } from '../merchants/service.ts'

export type CategoryRow = { id: string; name: string; position: number }

/** A variant as the API shows it; `price` in minor units of `currency`. */
export type VariantRow = {
  id: string
  productId: string
  sku: string
  name: string
  price: number
  onHand: number
  available: number
  currency: string
  locale: string
}

export type ProductRow = {
  id: string
  name: string
  description: string
  imageKey: string | null
  position: number
  archivedAt: string | null
  category: CategoryRow | null
  variants: VariantRow[]
}

type WithoutCurrency<Row> = Omit<Row, 'currency' | 'locale'>
type ProductWithoutCurrency = Omit<ProductRow, 'variants'> & { variants: WithoutCurrency<VariantRow>[] }

/** Columns of a variant; expects the table as `v`. */
const VARIANT = `v.id, v.product_id AS "productId", v.sku, v.name, v.price::float8 AS price, v.on_hand AS "onHand",
  CASE WHEN v.archived_at IS NULL THEN v.on_hand - v.reserved ELSE 0 END AS available`

const PRODUCT = `p.id, p.name, p.description, p.image_key AS "imageKey", p.position, ${isoTime('p.archived_at')} AS "archivedAt",
  (SELECT row_to_json(x) FROM (SELECT c.id, c.name, c.position FROM category c WHERE c.id = p.category_id) x) AS category,
  coalesce((SELECT json_agg(x) FROM (SELECT ${VARIANT} FROM variant v
    WHERE v.product_id = p.id AND v.archived_at IS NULL ORDER BY v.position, v.id) x), '[]') AS variants`

const withCurrency =
  ({ currency, locale }: MerchantRow) =>
  (row: WithoutCurrency<VariantRow>): VariantRow => ({ ...row, currency, locale })

async function readProducts(
  app: AppContext,
  merchantId: string,
  tail: string,
  values: readonly unknown[],
): Promise<ProductRow[]> {
  const merchant = await loadMerchant(app, merchantId)
  const rows = await queryMerchant<ProductWithoutCurrency>(
    app,
    merchantId,
    `SELECT ${PRODUCT} FROM product p ${tail}`,
    values,
  )
  return rows.map((row) => ({ ...row, variants: row.variants.map(withCurrency(merchant)) }))
}

export function loadProducts(app: AppContext, merchantId: string, ids: readonly string[]): Promise<ProductRow[]> {
  const [wanted, value] = oneOf('p.id', ids)
  return readProducts(app, merchantId, `WHERE ${wanted}`, [value])
}

/** The product, archived or not; null when the merchant has none with this id. */
export async function findProduct(app: AppContext, merchantId: string, id: string): Promise<ProductRow | null> {
  return isUuid(id) ? ((await loadProducts(app, merchantId, [id]))[0] ?? null) : null
}

export async function loadVariants(app: AppContext, merchantId: string, ids: readonly string[]): Promise<VariantRow[]> {
  const merchant = await loadMerchant(app, merchantId)
  const [wanted, value] = oneOf('v.id', ids)
  const rows = await queryMerchant<WithoutCurrency<VariantRow>>(
    app,
    merchantId,
    `SELECT ${VARIANT} FROM variant v WHERE ${wanted}`,
    [value],
  )
  return rows.map(withCurrency(merchant))
}

export type ProductFilter = {
  categoryId?: string | null | undefined
  inStock?: boolean | null | undefined
  includeArchived?: boolean | null | undefined
  search?: string | null | undefined
}

const PRODUCT_FILTER = `($1::boolean OR p.archived_at IS NULL) AND ($2::uuid IS NULL OR p.category_id = $2)
  AND ($3::text IS NULL OR p.name ILIKE $3 OR p.description ILIKE $3)
  AND ($4::boolean IS NULL OR $4 = EXISTS (SELECT 1 FROM variant v WHERE v.product_id = p.id AND v.archived_at IS NULL AND v.on_hand > v.reserved))`

// Matches no category; replaces ids that are not UUIDs.
const NO_CATEGORY = '00000000-0000-0000-0000-000000000000'

/** Products in the merchant's order, in pages by keyset. */
export function findProducts(app: AppContext, merchantId: string, filter: ProductFilter) {
  const { categoryId, inStock, includeArchived, search } = filter
  const words = search?.trim()
  const category = categoryId == null || isUuid(categoryId) ? (categoryId ?? null) : NO_CATEGORY
  const filters = [includeArchived ?? false, category, words ? likeAnywhere(words) : null, inStock ?? null]
  return {
    fetch: ({ limit, after, before, backwards }: PageRequest): Promise<ProductRow[]> => {
      const order = backwards ? 'DESC' : 'ASC'
      const tail = `WHERE ${PRODUCT_FILTER} AND ${between('p', 5)} ORDER BY p.position ${order}, p.id ${order} LIMIT $9`
      return readProducts(app, merchantId, tail, [...filters, ...keysetValues(after, before), limit])
    },
    keyOf: byPosition,
    count: async (): Promise<number> => {
      const text = `SELECT count(*)::int AS n FROM product p WHERE ${PRODUCT_FILTER}`
      return (await queryMerchant<{ n: number }>(app, merchantId, text, filters))[0]?.n ?? 0
    },
  }
}

/** Categories in the merchant's order, in pages by keyset. */
export function findCategories(app: AppContext, merchantId: string) {
  return {
    fetch: ({ limit, after, before, backwards }: PageRequest): Promise<CategoryRow[]> => {
      const order = backwards ? 'DESC' : 'ASC'
      const text = `SELECT c.id, c.name, c.position FROM category c WHERE ${between('c', 1)} ORDER BY c.position ${order}, c.id ${order} LIMIT $5`
      return queryMerchant<CategoryRow>(app, merchantId, text, [...keysetValues(after, before), limit])
    },
    keyOf: byPosition,
    count: async (): Promise<number> =>
      (await queryMerchant<{ n: number }>(app, merchantId, 'SELECT count(*)::int AS n FROM category'))[0]?.n ?? 0,
  }
}

const between = (table: string, first: number): string => {
  const key = `(${table}.position, ${table}.id)`
  return `($${first}::int IS NULL OR ${key} > ($${first}, $${first + 1}::uuid)) AND ($${first + 2}::int IS NULL OR ${key} < ($${first + 2}, $${first + 3}::uuid))`
}
const keysetValues = (after: Keyset | null, before: Keyset | null) => [
  position(after),
  after?.id,
  position(before),
  before?.id,
]
const position = (key: Keyset | null): number | null =>
  key && /^-?\d{1,9}$/.test(key.value) ? Number(key.value) : null
const byPosition = (row: { id: string; position: number }): Keyset => ({ value: String(row.position), id: row.id })
