import type { AppContext } from '../../context.ts'
import { isoTime, isUuid, queryMerchant } from '../../db/merchant-query.ts'
import type { Keyset, PageRequest } from '../../graphql/connection.ts'
import { countOf, listStatement, newestFirst, pageOf } from '../../graphql/list-sql.ts'
import type { ApiKeyStatus } from './domain.ts'

export type ApiKeyRow = {
  id: string
  name: string
  prefix: string
  scopes: string[]
  status: ApiKeyStatus
  createdAt: string
  createdBy: string | null
  expiresAt: string | null
  lastUsedAt: string | null
  revokedAt: string | null
  previousSecretExpiresAt: string | null
}

const STATUS = `CASE WHEN k.revoked_at IS NOT NULL THEN 'REVOKED' WHEN k.expires_at <= now() THEN 'EXPIRED' ELSE 'ACTIVE' END`
const COLUMNS = `k.id, k.name, k.prefix, k.scopes, ${STATUS} AS status, ${isoTime('k.created_at')} AS "createdAt",
  CASE split_part(k.created_by, ':', 1)
    WHEN 'STAFF' THEN (SELECT u.name FROM staff_user u WHERE u.id = nullif(split_part(k.created_by, ':', 2), '')::uuid)
    WHEN 'API_KEY' THEN (SELECT c.name FROM api_key c WHERE c.id = nullif(split_part(k.created_by, ':', 2), '')::uuid)
  END AS "createdBy",
  ${isoTime('k.expires_at')} AS "expiresAt", ${isoTime('k.last_used_at')} AS "lastUsedAt",
  ${isoTime('k.revoked_at')} AS "revokedAt", CASE WHEN k.previous_secret_expires_at > now() AND k.revoked_at IS NULL
    THEN ${isoTime('k.previous_secret_expires_at')} END AS "previousSecretExpiresAt"`

/** The shop's keys with these ids, the oldest first; unknown ids are left out. */
export const readApiKeys = (app: AppContext, merchantId: string, ids: readonly string[]): Promise<ApiKeyRow[]> =>
  queryMerchant(
    app,
    merchantId,
    `SELECT ${COLUMNS} FROM api_key k WHERE k.id = ANY($1::uuid[]) ORDER BY k.created_at, k.id`,
    [ids],
  )

/** The key, or null when the id is unknown in the shop. */
export const findApiKey = async (app: AppContext, merchantId: string, id: string): Promise<ApiKeyRow | null> =>
  isUuid(id) ? ((await readApiKeys(app, merchantId, [id]))[0] ?? null) : null

/** The key of the shop with this id. */
export async function readApiKey(app: AppContext, merchantId: string, id: string): Promise<ApiKeyRow> {
  const row = await findApiKey(app, merchantId, id)
  if (!row) throw new Error(`API key ${id} was not found`)
  return row
}

/** Keys, newest first, by keyset; `statuses` narrows them. */
export function findApiKeys(app: AppContext, merchantId: string, statuses: readonly ApiKeyStatus[] | null) {
  const statement = () => {
    const list = listStatement()
    if (statuses) list.add(`${STATUS} = ANY(${list.put(statuses)}::text[])`)
    return list
  }
  return {
    fetch: (page: PageRequest): Promise<ApiKeyRow[]> => {
      const list = statement()
      const text = `SELECT ${COLUMNS} FROM api_key k ${pageOf(list, page, newestFirst('k.created_at', 'k.id'))}`
      return queryMerchant<ApiKeyRow>(app, merchantId, text, list.values)
    },
    keyOf: (row: ApiKeyRow): Keyset => ({ value: row.createdAt, id: row.id }),
    count: async (): Promise<number> => {
      const list = statement()
      const text = countOf(`api_key k ${list.where()}`)
      return (await queryMerchant<{ n: number }>(app, merchantId, text, list.values))[0]?.n ?? 0
    },
  }
}
