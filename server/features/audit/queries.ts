import type { AppContext } from '../../context.ts'
import { isoTime, isUuid, queryMerchant } from '../../db/merchant-query.ts'
import { instantOf, type Keyset, type PageRequest } from '../../graphql/connection.ts'

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

// One statement for all filters: those left out are null. All of them use the index on (merchant, at).
const WHERE = `($1::text IS NULL OR split_part(actor, ':', 2) = $1) AND ($2::text IS NULL OR split_part(actor, ':', 1) = $2)
  AND ($3::text IS NULL OR starts_with(action, $3)) AND ($4::uuid IS NULL OR subject_id = $4)
  AND ($5::timestamptz IS NULL OR at >= $5) AND ($6::timestamptz IS NULL OR at < $6)`

const NOBODY = '00000000-0000-0000-0000-000000000000'

/** The shop's audit log, the latest entry first, by keyset. */
export function findEntries(app: AppContext, merchantId: string, filter: AuditFilter) {
  const { actorId, actorKind, action, subjectId, after: from, before: until } = filter
  const subject = subjectId == null ? null : isUuid(subjectId) ? subjectId : NOBODY
  const conditions = [actorId ?? null, actorKind ?? null, action || null, subject, from ?? null, until ?? null]
  return {
    fetch: ({ limit, after, before, backwards }: PageRequest): Promise<AuditRow[]> => {
      const order = backwards ? 'ASC' : 'DESC'
      const text = `${ENTRY} WHERE ${WHERE} AND ($7::timestamptz IS NULL OR (at, id) < ($7, $8::uuid)) AND ($9::timestamptz IS NULL OR (at, id) > ($9, $10::uuid))
        ORDER BY e.at ${order}, e.id ${order} LIMIT $11`
      const place = [instantOf(after), after?.id ?? null, instantOf(before), before?.id ?? null, limit]
      return queryMerchant(app, merchantId, text, [...conditions, ...place])
    },
    keyOf: (row: AuditRow): Keyset => ({ value: row.at, id: row.id }),
    count: async (): Promise<number> => {
      const text = `SELECT count(*)::int AS n FROM audit_entry WHERE ${WHERE}`
      return (await queryMerchant<{ n: number }>(app, merchantId, text, conditions))[0]?.n ?? 0
    },
  }
}
