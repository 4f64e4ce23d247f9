import type { AppContext } from '../../context.ts'
import { isoTime, isUuid, likeAnywhere, oneOf, queryMerchant } from '../../db/merchant-query.ts'
import type { TemplateApproval, TemplateCategory, TemplateType } from '../../generated/prisma/enums.ts'
import type { Keyset, PageRequest } from '../../graphql/connection.ts'
import { countOf, listStatement, newestFirst, pageOf } from '../../graphql/list-sql.ts'
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

/** The merchant's templates, the last changed first, by keyset: either archived ones or those in use. */
export function findTemplates(
  app: AppContext,
  merchantId: string,
  { type, approval, category, language, archived, notices }: TemplateFilter,
  search: string | null | undefined,
) {
  const words = search?.trim().slice(0, 100)
  const statement = () => {
    const list = listStatement(`t.archived_at IS ${archived ? 'NOT NULL' : 'NULL'}`)
    if (type) list.add(`t.type = ${list.put(type)}::template_type`)
    if (approval) list.add(`t.approval = ${list.put(approval)}::template_approval`)
    if (category) list.add(`t.category = ${list.put(category)}::template_category`)
    if (language != null) list.add(`t.language = ${list.put(language)}`)
    if (notices != null) list.add(`${notices ? '' : 'NOT '}t.name = ANY(${list.put(NOTICE_NAMES)}::text[])`)
    if (words) {
      const pattern = list.put(likeAnywhere(words))
      list.add(`(t.name ILIKE ${pattern} OR t.description ILIKE ${pattern} OR t.content ->> 'body' ILIKE ${pattern})`)
    }
    return list
  }
  return {
    fetch: (page: PageRequest): Promise<TemplateRow[]> => {
      const list = statement()
      const text = `SELECT ${TEMPLATE} FROM template t ${pageOf(list, page, newestFirst('t.updated_at', 't.id'))}`
      return queryMerchant(app, merchantId, text, list.values)
    },
    keyOf: (row: TemplateRow): Keyset => ({ value: row.updatedAt, id: row.id }),
    count: async (): Promise<number> => {
      const list = statement()
      const text = countOf(`template t ${list.where()}`)
      return (await queryMerchant<{ n: number }>(app, merchantId, text, list.values))[0]?.n ?? 0
    },
  }
}
