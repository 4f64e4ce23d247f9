import type { AppContext } from '../../context.ts'
import { isoTime, isUuid, likeAnywhere, oneOf, queryMerchant } from '../../db/merchant-query.ts'
import type { Keyset, PageRequest } from '../../graphql/connection.ts'
import { countOf, listStatement, pageOf, type ListOrder } from '../../graphql/list-sql.ts'
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

export type WithoutCurrency<Row> = Omit<Row, 'currency' | 'locale'>
type ProductWithoutCurrency = Omit<ProductRow, 'variants'> & { variants: WithoutCurrency<VariantRow>[] }

/** Columns of a variant; expects the table as `v`. */
const VARIANT = `v.id, v.product_id AS "productId", v.sku, v.name, v.price::float8 AS price, v.on_hand AS "onHand",
  CASE WHEN v.archived_at IS NULL THEN v.on_hand - v.reserved ELSE 0 END AS available`

const PRODUCT = `p.id, p.name, p.description, p.image_key AS "imageKey", p.position, ${isoTime('p.archived_at')} AS "archivedAt",
  (SELECT row_to_json(x) FROM (SELECT c.id, c.name, c.position FROM category c WHERE c.id = p.category_id) x) AS category,
  coalesce((SELECT json_agg(x) FROM (SELECT ${VARIANT} FROM variant v
    WHERE v.product_id = p.id AND v.archived_at IS NULL ORDER BY v.position, v.id) x), '[]') AS variants`

/** SQL of a variant as one JSON value, a part of the caller's statement; `id` is an SQL expression. Complete it by `withCurrency`. */
export const variantJson = (id: string): string =>
  `(SELECT row_to_json(x) FROM (SELECT ${VARIANT} FROM variant v WHERE v.id = ${id}) x)`

/** Completes variants with the currency and the locale of their merchant. */
export const withCurrency =
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

const IN_STOCK = `EXISTS (SELECT 1 FROM variant v WHERE v.product_id = p.id AND v.archived_at IS NULL AND v.on_hand > v.reserved)`

const inOrderOf = (table: string): ListOrder => ({
  column: `${table}.position`,
  id: `${table}.id`,
  descending: false,
  type: 'int',
})

/** Products in the merchant's order, in pages by keyset. */
export function findProducts(app: AppContext, merchantId: string, filter: ProductFilter) {
  const { categoryId, inStock, includeArchived, search } = filter
  const words = search?.trim()
  const statement = () => {
    const list = listStatement()
    if (!includeArchived) list.add('p.archived_at IS NULL')
    if (categoryId != null) list.add(isUuid(categoryId) ? `p.category_id = ${list.put(categoryId)}::uuid` : 'false')
    if (inStock != null) list.add(inStock ? IN_STOCK : `NOT ${IN_STOCK}`)
    if (words) {
      const pattern = list.put(likeAnywhere(words))
      list.add(`(p.name ILIKE ${pattern} OR p.description ILIKE ${pattern})`)
    }
    return list
  }
  return {
    fetch: (page: PageRequest): Promise<ProductRow[]> => {
      const list = statement()
      return readProducts(app, merchantId, pageOf(list, page, inOrderOf('p')), list.values)
    },
    keyOf: byPosition,
    count: async (): Promise<number> => {
      const list = statement()
      const text = countOf(`product p ${list.where()}`)
      return (await queryMerchant<{ n: number }>(app, merchantId, text, list.values))[0]?.n ?? 0
    },
  }
}

/** Categories in the merchant's order, in pages by keyset. */
export function findCategories(app: AppContext, merchantId: string) {
  return {
    fetch: (page: PageRequest): Promise<CategoryRow[]> => {
      const list = listStatement()
      const text = `SELECT c.id, c.name, c.position FROM category c ${pageOf(list, page, inOrderOf('c'))}`
      return queryMerchant<CategoryRow>(app, merchantId, text, list.values)
    },
    keyOf: byPosition,
    count: async (): Promise<number> =>
      (await queryMerchant<{ n: number }>(app, merchantId, countOf('category')))[0]?.n ?? 0,
  }
}

const byPosition = (row: { id: string; position: number }): Keyset => ({ value: String(row.position), id: row.id })
