import type { AppContext } from '../../context.ts'
import { isoTime, isUuid, likeAnywhere, oneOf, queryMerchant } from '../../db/merchant-query.ts'
import type { MediaOrigin, MediaStatus, MediaVisibility } from '../../generated/prisma/enums.ts'
import type { Keyset, PageRequest } from '../../graphql/connection.ts'
import { countOf, listStatement, newestFirst, pageOf } from '../../graphql/list-sql.ts'
import type { ImageFormat, SizeName } from './domain.ts'

/** A rendition of an image. `bytes` is its size in bytes, `key` its key in the blob store. */
export type VariantFile = {
  name: SizeName | 'whatsapp'
  format: ImageFormat
  width: number
  height: number
  bytes: number
  key: string
}

/** An image as the API shows it; times are RFC 3339. */
export type MediaRow = {
  id: string
  status: MediaStatus
  origin: MediaOrigin
  visibility: MediaVisibility
  fileName: string
  altText: string
  contentType: string | null
  bytes: number | null
  width: number | null
  height: number | null
  placeholder: string | null
  progress: number
  failureCode: string | null
  failure: string | null
  messageId: string | null
  archivedAt: string | null
  createdAt: string
  variants: VariantFile[]
}

const MEDIA = `a.id, a.status, a.origin, a.visibility, a.file_name AS "fileName", a.alt_text AS "altText", a.content_type AS "contentType",
  a.bytes, a.width, a.height, a.placeholder, a.progress, a.failure_code AS "failureCode", a.failure, a.message_id AS "messageId",
  ${isoTime('a.archived_at')} AS "archivedAt", ${isoTime('a.created_at')} AS "createdAt",
  coalesce((SELECT json_agg(x) FROM (SELECT v.name, v.format, v.width, v.height, v.bytes, v.key FROM media_variant v
    WHERE v.asset_id = a.id ORDER BY v.name, v.format) x), '[]') AS variants`

// Excludes incomplete uploads.
const ARRIVED = `NOT (a.status = 'FETCHING' AND a.origin = 'UPLOAD')`

export function loadMedia(app: AppContext, merchantId: string, ids: readonly string[]): Promise<MediaRow[]> {
  const [wanted, value] = oneOf('a.id', ids)
  return queryMerchant(app, merchantId, `SELECT ${MEDIA} FROM media_asset a WHERE ${wanted} AND ${ARRIVED}`, [value])
}

/** The image, removed or not; null when the id is unknown in the shop. */
export async function findMedia(app: AppContext, merchantId: string, id: string): Promise<MediaRow | null> {
  return isUuid(id) ? ((await loadMedia(app, merchantId, [id]))[0] ?? null) : null
}

/** Images of these messages. */
export function loadMediaOfMessages(
  app: AppContext,
  merchantId: string,
  messageIds: readonly string[],
): Promise<MediaRow[]> {
  const [wanted, value] = oneOf('a.message_id', messageIds)
  return queryMerchant(app, merchantId, `SELECT ${MEDIA} FROM media_asset a WHERE ${wanted}`, [value])
}

/** Images by product id. */
export async function loadMediaOfProducts(
  app: AppContext,
  merchantId: string,
  productIds: readonly string[],
): Promise<Map<string, MediaRow>> {
  const [wanted, value] = oneOf('p.id', productIds)
  const text = `SELECT p.id AS "productId", ${MEDIA} FROM product p JOIN media_asset a ON a.id = p.media_id WHERE ${wanted}`
  const rows = await queryMerchant<MediaRow & { productId: string }>(app, merchantId, text, [value])
  return new Map(rows.map(({ productId, ...row }) => [productId, row]))
}

export type MediaFilter = {
  status?: MediaStatus | null | undefined
  origin?: MediaOrigin | null | undefined
  archived?: boolean | null | undefined
}

/** Images of the merchant, newest first, in pages by keyset: removed images with `archived`, all others without. */
export function findMediaAssets(
  app: AppContext,
  merchantId: string,
  { status, origin, archived }: MediaFilter,
  search: string | null | undefined,
) {
  const words = search?.trim().slice(0, 100)
  const statement = () => {
    const list = listStatement(ARRIVED, `a.archived_at IS ${archived ? 'NOT NULL' : 'NULL'}`)
    if (status) list.add(`a.status = ${list.put(status)}::media_status`)
    if (origin) list.add(`a.origin = ${list.put(origin)}::media_origin`)
    if (words) {
      const pattern = list.put(likeAnywhere(words))
      list.add(`(a.file_name ILIKE ${pattern} OR a.alt_text ILIKE ${pattern})`)
    }
    return list
  }
  return {
    fetch: (page: PageRequest): Promise<MediaRow[]> => {
      const list = statement()
      const text = `SELECT ${MEDIA} FROM media_asset a ${pageOf(list, page, newestFirst('a.created_at', 'a.id'))}`
      return queryMerchant<MediaRow>(app, merchantId, text, list.values)
    },
    keyOf: (row: MediaRow): Keyset => ({ value: row.createdAt, id: row.id }),
    count: async (): Promise<number> => {
      const list = statement()
      const text = countOf(`media_asset a ${list.where()}`)
      return (await queryMerchant<{ n: number }>(app, merchantId, text, list.values))[0]?.n ?? 0
    },
  }
}
