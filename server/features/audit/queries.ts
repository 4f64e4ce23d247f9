import type { AppContext } from '../../context.ts'
import { isoTime, isUuid, queryMerchant } from '../../db/merchant-query.ts'
import type { Keyset, PageRequest } from '../../graphql/connection.ts'
import { countOf, listStatement, newestFirst, pageOf } from '../../graphql/list-sql.ts'

export type AuditRow = {
  id: string
  /** The label that `actorLabel` wrote. */
  actor: string
  action: string
  subjectId: string | null
  detail: unknown
  requestId: string | null
  at: string
}

export type AuditFilter = {
  actorId?: string | null
  /** Kinds of actors, by the prefix of their labels. */
  actorKind?: 'STAFF' | 'API_KEY' | 'CUSTOMER' | 'SYSTEM' | null
  action?: string | null
  subjectId?: string | null
  after?: Date | null
  before?: Date | null
}

// `ORDER BY at` would mean the output column of this name, an expression that no index has; write `e.at`.
const ENTRY = `SELECT e.id, e.actor, e.action, e.subject_id AS "subjectId", e.detail, e.request_id AS "requestId", ${isoTime('e.at')} AS at FROM audit_entry e`

const NOBODY = '00000000-0000-0000-0000-000000000000'

const NEWEST_FIRST = newestFirst('e.at', 'e.id')

/** The shop's audit log, the latest entry first, by keyset. */
export function findEntries(app: AppContext, merchantId: string, filter: AuditFilter) {
  const statement = () => {
    const list = listStatement()
    const { actorId, actorKind, action, subjectId, after, before } = filter
    if (actorId != null) list.add(`split_part(e.actor, ':', 2) = ${list.put(actorId)}`)
    if (actorKind != null) list.add(`split_part(e.actor, ':', 1) = ${list.put(actorKind)}`)
    if (action) list.add(`starts_with(e.action, ${list.put(action)})`)
    if (subjectId != null) list.add(`e.subject_id = ${list.put(isUuid(subjectId) ? subjectId : NOBODY)}::uuid`)
    if (after != null) list.add(`e.at >= ${list.put(after)}::timestamptz`)
    if (before != null) list.add(`e.at < ${list.put(before)}::timestamptz`)
    return list
  }
  return {
    fetch: (page: PageRequest): Promise<AuditRow[]> => {
      const list = statement()
      const text = `${ENTRY} ${pageOf(list, page, NEWEST_FIRST)}`
      return queryMerchant(app, merchantId, text, list.values)
    },
    keyOf: (row: AuditRow): Keyset => ({ value: row.at, id: row.id }),
    count: async (): Promise<number> => {
      const list = statement()
      const text = countOf(`audit_entry e ${list.where()}`)
      return (await queryMerchant<{ n: number }>(app, merchantId, text, list.values))[0]?.n ?? 0
    },
  }
}
