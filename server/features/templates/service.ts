import { uuidv7 } from 'uuidv7'
import { actorLabel, type Authorized } from '../../auth/actor.ts'
import type { AppContext } from '../../context.ts'
import { once } from '../../unit-of-work/idempotency.ts'
import { isUuid } from '../../db/merchant-query.ts'
import { withTenant, type UnitOfWork } from '../../unit-of-work/unit-of-work.ts'
import { NotFoundError, ValidationError } from '../../errors.ts'
import type { TemplateCategory, TemplateType } from '../../generated/prisma/enums.ts'
import { loadMerchant } from '../merchants/service.ts'
import { builtInNotice } from './domain/built-in.ts'
import type { TemplateContent } from './domain/content.ts'
import { BUILT_IN_LANGUAGES, canonicalLanguage, chooseLanguage } from './domain/language.ts'
import { isNoticeName, noticeDescription } from './domain/notices.ts'
import { descriptionIssues, draftIssues, identityIssues } from './domain/validate.ts'
import type { Variable } from './domain/variables.ts'
import {
  assertNoIssues,
  readContent,
  readVariables,
  addNoticeVariables,
  type ContentInput,
  type VariableInput,
} from './drafts.ts'
import { TemplateConflictError } from './errors.ts'
import { resolveImage } from './images.ts'
import { findTemplate, type TemplateRow } from './queries.ts'

type Keyed = { idempotencyKey?: string | null | undefined }

export type NewTemplate = Keyed & {
  name: string
  language: string
  type: TemplateType
  description?: string | null | undefined
  category?: TemplateCategory | null | undefined
  content: ContentInput
  variables?: readonly VariableInput[] | null | undefined
}

/** The columns of a template that the merchant sets. */
type Written = {
  name: string
  language: string
  type: TemplateType
  description: string
  category: TemplateCategory
  content: TemplateContent
  variables: Variable[]
}

/**
 * Creates a template. One with the name of a notice replaces its built-in text in that language.
 *
 * @throws ValidationError with every issue, also when name and language are taken.
 */
export async function createTemplate(
  app: AppContext,
  actor: Authorized<'templates:write'>,
  { idempotencyKey: key, ...input }: NewTemplate,
): Promise<TemplateRow> {
  const template = readNewTemplate(input)
  const id = await withTenant(app, actor, (unit) =>
    once(unit, { key, operation: 'createTemplate', input }, async () => {
      await resolveImage(unit, template.content)
      const created = await insertTemplate(unit, template)
      if (!created)
        throw invalid(
          'name',
          `a template ${template.name} in ${template.language} already exists; change or restore it`,
        )
      unit.audit({
        action: 'template.create',
        subjectId: created,
        detail: { name: template.name, language: template.language },
      })
      return created
    }),
  )
  return existing(await findTemplate(app, actor.merchantId, id))
}

function readNewTemplate({
  name,
  language,
  type,
  category,
  content: said,
  ...input
}: Omit<NewTemplate, 'idempotencyKey'>): Written {
  const description = input.description?.trim() ?? ''
  const content = readContent(type, said)
  const { variables, issues } = addNoticeVariables(name, { type, content }, readVariables(input.variables ?? []))
  assertNoIssues([
    ...identityIssues({ name, language, description }),
    ...issues,
    ...draftIssues({ type, content }, variables),
  ])
  const tag = canonicalLanguage(language) ?? language
  return { name, language: tag, type, description, category: category ?? 'UTILITY', content, variables }
}

/** The id of the new template, or null when name and language are taken. */
async function insertTemplate(unit: UnitOfWork, template: Written): Promise<string | null> {
  const { tx, merchantId } = unit
  const id = uuidv7()
  const { count } = await tx.template.createMany({ data: [{ id, merchantId, ...template }], skipDuplicates: true })
  if (count === 0) return null
  await insertVersion(unit, { id, version: 1, ...template })
  return id
}

const insertVersion = (
  { tx, merchantId, actor }: UnitOfWork,
  {
    id,
    version,
    type,
    content,
    variables,
  }: Pick<Written, 'type' | 'content' | 'variables'> & { id: string; version: number },
) =>
  tx.templateVersion.create({
    data: { merchantId, templateId: id, version, type, content, variables, author: actorLabel(actor) },
  })

export type TemplateChange = Keyed & {
  id: string
  expectedVersion: number
  type?: TemplateType | null | undefined
  description?: string | null | undefined
  category?: TemplateCategory | null | undefined
  content?: ContentInput | null | undefined
  variables?: readonly VariableInput[] | null | undefined
}

/**
 * Changes a template; missing fields keep their values. Every change creates a version; WhatsApp keeps sending the approved one.
 *
 * @throws NotFoundError, TemplateConflictError when it is not at `expectedVersion`, ValidationError.
 */
export async function updateTemplate(
  app: AppContext,
  actor: Authorized<'templates:write'>,
  { idempotencyKey: key, ...input }: TemplateChange,
): Promise<TemplateRow> {
  await withTenant(app, actor, (unit) =>
    once(unit, { key, operation: 'updateTemplate', input }, async () => {
      const before = await lockTemplate(unit, input.id)
      if (before.version !== input.expectedVersion) throw new TemplateConflictError(before)
      if (before.archivedAt) throw invalid('id', 'this template is archived; restore it first')
      await change(unit, before, input)
      return before.id
    }),
  )
  return existing(await findTemplate(app, actor.merchantId, input.id))
}

async function change(unit: UnitOfWork, before: Locked, input: Omit<TemplateChange, 'idempotencyKey'>): Promise<void> {
  const type = input.type ?? before.type
  const content = input.content ? readContent(type, input.content) : before.content
  const declared = input.variables ? readVariables(input.variables) : before.variables
  const { variables, issues } = addNoticeVariables(before.name, { type, content }, declared)
  const description = input.description?.trim() ?? before.description
  assertNoIssues([...descriptionIssues(description), ...issues, ...draftIssues({ type, content }, variables)])
  const category = input.category ?? before.category
  if (category !== before.category && before.metaId && before.approval !== 'REJECTED')
    throw invalid('category', 'WhatsApp already has this template; its category can no longer be changed')
  await resolveImage(unit, content)

  const says = (of: { type: TemplateType; content: unknown; variables: unknown }) =>
    JSON.stringify([of.type, of.content, of.variables])
  const after = { type, content, variables }
  const same = says(await storedForm(unit, after)) === says(before)
  if (same && description === before.description && category === before.category) return
  const version = before.version + 1
  // A new description does not change the message, so an approval stays valid for the new version.
  const carried = (of: number | null) => (same && of === before.version ? version : of)
  await unit.tx.template.update({
    where: { id: before.id },
    data: {
      ...after,
      description,
      category,
      version,
      approvedVersion: carried(before.approvedVersion),
      submittedVersion: carried(before.submittedVersion),
    },
  })
  await insertVersion(unit, { id: before.id, version, ...after })
  unit.audit({ action: 'template.update', subjectId: before.id, detail: { version } })
}

/** The value as PostgreSQL returns jsonb: with its order of keys. */
async function storedForm<Value extends { content: unknown; variables: unknown }>(
  { tx }: UnitOfWork,
  value: Value,
): Promise<Value> {
  const [row] = await tx.$queryRaw<{ content: unknown; variables: unknown }[]>`
    SELECT ${JSON.stringify(value.content)}::jsonb AS content, ${JSON.stringify(value.variables)}::jsonb AS variables`
  return { ...value, ...row }
}

export type TemplateRef = Keyed & { id: string }

/** Archives a template. A notice uses its built-in text again. Sent messages do not change. */
export const archiveTemplate = (
  app: AppContext,
  actor: Authorized<'templates:write'>,
  input: TemplateRef,
): Promise<TemplateRow> => setArchived(app, actor, input, true)

/** Restores an archived template. */
export const restoreTemplate = (
  app: AppContext,
  actor: Authorized<'templates:write'>,
  input: TemplateRef,
): Promise<TemplateRow> => setArchived(app, actor, input, false)

async function setArchived(
  app: AppContext,
  actor: Authorized<'templates:write'>,
  { idempotencyKey: key, id }: TemplateRef,
  archived: boolean,
): Promise<TemplateRow> {
  const operation = archived ? 'archiveTemplate' : 'restoreTemplate'
  await withTenant(app, actor, (unit) =>
    once(unit, { key, operation, input: { id } }, async () => {
      const template = await lockTemplate(unit, id)
      if ((template.archivedAt !== null) === archived) return
      await unit.tx.template.update({ where: { id }, data: { archivedAt: archived ? new Date() : null } })
      unit.audit({ action: archived ? 'template.archive' : 'template.restore', subjectId: id })
    }),
  )
  return existing(await findTemplate(app, actor.merchantId, id))
}

export type NoticeChoice = Keyed & { name: string; language: string }

/**
 * Creates the merchant's own text of a notice as a copy of the built-in one, or restores an archived one.
 *
 * @throws ValidationError for an unknown notice or language.
 */
export async function customizeNotice(
  app: AppContext,
  actor: Authorized<'templates:write'>,
  { idempotencyKey: key, ...input }: NoticeChoice,
): Promise<TemplateRow> {
  const { name } = input
  const language = canonicalLanguage(input.language)
  if (!isNoticeName(name)) throw invalid('name', 'is not a notice; the query "notices" lists them')
  if (!language) throw invalid('language', 'must be a language such as en, or with a country, such as pt-BR')
  const { locale } = await loadMerchant(app, actor.merchantId)
  const id = await withTenant(app, actor, (unit) =>
    once(unit, { key, operation: 'customizeNotice', input }, async () => {
      const from = chooseLanguage(BUILT_IN_LANGUAGES, { customer: language, shop: locale }) ?? 'en'
      const { body, variables } = builtInNotice(name, from)
      const description = noticeDescription(name)
      const content = { body }
      const created = await insertTemplate(unit, {
        name,
        language,
        type: 'TEXT',
        description,
        category: 'UTILITY',
        content,
        variables,
      })
      if (created) {
        unit.audit({ action: 'template.create', subjectId: created, detail: { name, language } })
        return created
      }
      const known = await unit.tx.template.findFirstOrThrow({
        where: { name, language },
        select: { id: true, archivedAt: true },
      })
      if (known.archivedAt) {
        await unit.tx.template.update({ where: { id: known.id }, data: { archivedAt: null } })
        unit.audit({ action: 'template.restore', subjectId: known.id })
      }
      return known.id
    }),
  )
  return existing(await findTemplate(app, actor.merchantId, id))
}

export type Locked = Awaited<ReturnType<typeof lockTemplate>>

/** The template, locked until the transaction ends. @throws NotFoundError for an id the shop does not have. */
export async function lockTemplate({ tx }: UnitOfWork, id: string) {
  if (!isUuid(id)) throw noTemplate()
  await tx.$queryRaw`SELECT 1 FROM template WHERE id = ${id}::uuid FOR UPDATE`
  const template = await tx.template.findUnique({ where: { id } })
  if (!template) throw noTemplate()
  return { ...template, content: template.content as TemplateContent, variables: template.variables as Variable[] }
}

export const noTemplate = () => new NotFoundError('No template with this id exists in your shop.')
const invalid = (path: string, message: string) => new ValidationError([{ path: `input.${path}`, message }])

export function existing(row: TemplateRow | null): TemplateRow {
  if (!row) throw noTemplate()
  return row
}
