import * as z from 'zod'
import { isUuid } from '../../db/merchant-query.ts'

export type NamedLine = { variantId?: string | null | undefined; sku?: string | null | undefined; quantity: number }

/** Schema of a line that names its variant by id or by SKU. */
export const namedLine = <Quantity extends z.ZodType<number>>(quantity: Quantity) =>
  z
    .object({ variantId: z.string().nullish(), sku: z.string().nullish(), quantity })
    .refine(({ variantId, sku }) => (variantId == null) !== (sku == null), 'names its variant by variantId or by sku')

/** The lines as JSON for NAMED_VARIANTS. An id that is no UUID names no variant. */
export const namesOf = (lines: readonly NamedLine[]): string =>
  JSON.stringify(
    lines.map(({ variantId, sku, quantity }, position) => ({
      variantId: variantId != null && isUuid(variantId) ? variantId : null,
      sku,
      quantity,
      position,
    })),
  )

/** SQL source: the lines `line` of $1 (`namesOf`) that name a variant `v` of the merchant $2, with its product `p`. */
export const NAMED_VARIANTS = `jsonb_to_recordset($1::jsonb) AS line ("variantId" uuid, sku text, quantity int, position int)
  JOIN variant v ON v.id = coalesce(line."variantId", (SELECT s.id FROM variant s WHERE s.merchant_id = $2::uuid AND s.sku = line.sku))
  JOIN product p ON p.id = v.product_id`

/** SQL columns of a variant `v` of the product `p`: its names, and its stock as catalog/stock.ts knows it. */
export const VARIANT_COLUMNS = `v.id AS "variantId", v.sku, p.name AS "productName", v.name AS "variantName",
  v.on_hand AS "onHand", v.reserved, (v.archived_at IS NOT NULL OR p.archived_at IS NOT NULL) AS archived`
