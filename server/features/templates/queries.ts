import type { AppContext } from '../../context.ts'
import { isoTime, isUuid, likeAnywhere, oneOf, queryMerchant } from '../../db/merchant-query.ts'
import type { TemplateApproval, TemplateCategory, TemplateType } from '../../generated/prisma/enums.ts'
import { instantOf, type Keyset, type PageRequest } from '../../graphql/connection.ts'
import type { TemplateContent } from './domain/content.ts'
import { NOTICE_NAMES } from './domain/notices.ts'
import type { Variable } from './domain/variables.ts'

/** A template as the API shows it; times are RFC 3339. */
export type TemplateRow = {
  id: string
  name: string
  language: string
  type: TemplateType
  description: string
  category: TemplateCategory
  content: TemplateContent
  variables: Variable[]
  version: number
  archivedAt: string | null
  approval: TemplateApproval
  metaId: string | null
  submittedVersion: number | null
  approvedVersion: number | null
  rejectionReason: string | null
  submittedAt: string | null
  createdAt: string
  updatedAt: string
}

export type TemplateVersionRow = {
  version: number
  type: TemplateType
  content: TemplateContent
  variables: Variable[]
  /** The actor, in the form of the audit log. */
  author: string
  createdAt: string
}

export const TEMPLATE = `t.id, t.name, t.language, t.type, t.description, t.category, t.content, t.variables, t.version,
  ${isoTime('t.archived_at')} AS "archivedAt", t.approval, t.meta_id AS "metaId", t.submitted_version AS "submittedVersion",
  t.approved_version AS "approvedVersion", t.rejection_reason AS "rejectionReason", ${isoTime('t.submitted_at')} AS "submittedAt",
  ${isoTime('t.created_at')} AS "createdAt", ${isoTime('t.updated_at')} AS "updatedAt"`

export function loadTemplates(app: AppContext, merchantId: string, ids: readonly string[]): Promise<TemplateRow[]> {
  const [wanted, value] = oneOf('t.id', ids)
  return queryMerchant(app, merchantId, `SELECT ${TEMPLATE} FROM template t WHERE ${wanted}`, [value])
}

/** The template, archived or not; null when the id is unknown in the shop. */
export async function findTemplate(app: AppContext, merchantId: string, id: string): Promise<TemplateRow | null> {
  return isUuid(id) ? ((await loadTemplates(app, merchantId, [id]))[0] ?? null) : null
}

/** The merchant's own texts of notices, without archived ones. */
export const loadNoticeTemplates = (app: AppContext, merchantId: string): Promise<TemplateRow[]> =>
  queryMerchant(
    app,
    merchantId,
    `SELECT ${TEMPLATE} FROM template t WHERE t.name = ANY($1) AND t.archived_at IS NULL ORDER BY t.language`,
    [NOTICE_NAMES],
  )

// A text changes a few dozen times in its life; this bounds the versions that a script may create.
const MOST_VERSIONS = 200

/** The versions of the templates, by template id, newest first. */
export async function loadVersions(
  app: AppContext,
  merchantId: string,
  templateIds: readonly string[],
): Promise<Map<string, TemplateVersionRow[]>> {
  const text = `SELECT v.template_id AS "templateId", v.version, v.type, v.content, v.variables, v.author, ${isoTime('v.created_at')} AS "createdAt"
    FROM template_version v WHERE v.template_id = ANY($1::uuid[]) ORDER BY v.version DESC LIMIT ${MOST_VERSIONS * 100}`
  const rows = await queryMerchant<TemplateVersionRow & { templateId: string }>(app, merchantId, text, [templateIds])
  const found = new Map<string, TemplateVersionRow[]>()
  for (const { templateId, ...row } of rows) {
    const list = found.get(templateId) ?? []
    if (list.length < MOST_VERSIONS) list.push(row)
    found.set(templateId, list)
  }
  return found
}

export type TemplateFilter = {
  type?: TemplateType | null | undefined
  approval?: TemplateApproval | null | undefined
  category?: TemplateCategory | null | undefined
  language?: string | null | undefined
  archived?: boolean | null | undefined
  notices?: boolean | null | undefined
}

const FILTER = `($1::text IS NULL OR t.type::text = $1) AND ($2::text IS NULL OR t.approval::text = $2)
  AND ($3::text IS NULL OR t.category::text = $3) AND ($4::text IS NULL OR t.language = $4)
  AND $5 = (t.archived_at IS NOT NULL) AND ($6::boolean IS NULL OR $6 = (t.name = ANY($7)))
  AND ($8::text IS NULL OR t.name ILIKE $8 OR t.description ILIKE $8 OR t.content ->> 'body' ILIKE $8)`

/** The merchant's templates, the last changed first, by keyset: either archived ones or those in use. */
export function findTemplates(
  app: AppContext,
  merchantId: string,
  { type, approval, category, language, archived, notices }: TemplateFilter,
  search: string | null | undefined,
) {
  const words = search?.trim().slice(0, 100)
  const filters = [
    type ?? null,
    approval ?? null,
    category ?? null,
    language ?? null,
    archived ?? false,
    notices ?? null,
    NOTICE_NAMES,
    words ? likeAnywhere(words) : null,
  ]
  return {
    fetch: ({ limit, after, before, backwards }: PageRequest): Promise<TemplateRow[]> => {
      const order = backwards ? 'ASC' : 'DESC'
      const text = `SELECT ${TEMPLATE} FROM template t WHERE ${FILTER}
        AND ($9::timestamptz IS NULL OR (t.updated_at, t.id) < ($9, $10::uuid))
        AND ($11::timestamptz IS NULL OR (t.updated_at, t.id) > ($11, $12::uuid))
        ORDER BY t.updated_at ${order}, t.id ${order} LIMIT ${limit}`
      const keys = [instantOf(after), after?.id, instantOf(before), before?.id]
      return queryMerchant(app, merchantId, text, [...filters, ...keys])
    },
    keyOf: (row: TemplateRow): Keyset => ({ value: row.updatedAt, id: row.id }),
    count: async (): Promise<number> => {
      const text = `SELECT count(*)::int AS n FROM template t WHERE ${FILTER}`
      return (await queryMerchant<{ n: number }>(app, merchantId, text, filters))[0]?.n ?? 0
    },
  }
}
