import type { Authorized, TenantActor } from '../../auth/actor.ts'
import type { AppContext } from '../../context.ts'
import { ValidationError, type ValidationIssue } from '../../errors.ts'
import type { TemplateType } from '../../generated/prisma/enums.ts'
import { contentText, type OutboundContent } from '../../whatsapp/content.ts'
import { mediaLink } from '../media/links.ts'
import { findMedia } from '../media/queries.ts'
import { loadMerchant } from '../merchants/service.ts'
import type { TemplateContent } from './domain/content.ts'
import { canonicalLanguage, formattingLocale } from './domain/language.ts'
import { freeForm } from './domain/outbound.ts'
import { renderContent } from './domain/render.ts'
import { draftIssues } from './domain/validate.ts'
import type { Variable } from './domain/variables.ts'
import { readContent, readVariables, addNoticeVariables, type ContentInput, type VariableInput } from './drafts.ts'
import { findTemplate } from './queries.ts'
import { readValues, type ValueInput } from './values.ts'

export type PreviewRequest = {
  templateId?: string | null | undefined
  draft?:
    | {
        name?: string | null | undefined
        language: string
        type: TemplateType
        content: ContentInput
        variables?: readonly VariableInput[] | null | undefined
      }
    | null
    | undefined
  values?: readonly ValueInput[] | null | undefined
  useExamples?: boolean | null | undefined
}

export type Preview = { content: OutboundContent | null; text: string; issues: ValidationIssue[] }

type Drafted = { type: TemplateType; language: string; content: TemplateContent; variables: Variable[] }

/**
 * Renders a template as a customer would read it, or lists everything that is wrong. Nothing is stored or sent.
 *
 * Returns null when the merchant does not have the template or the image.
 *
 * @throws ValidationError without a template and a draft, or when a value is given twice.
 */
export async function previewTemplate(
  app: AppContext,
  actor: Authorized<'templates:read'>,
  request: PreviewRequest,
): Promise<Preview | null> {
  const { values, useExamples } = request
  const read = await readDraft(app, actor, request)
  if (!read) return null
  const [drafted, issues] = read
  const shop = await loadMerchant(app, actor.merchantId)
  const { type, variables, language } = drafted
  const given = readValues(values ?? [])
  if (useExamples ?? true)
    for (const { name, example } of variables) if (example && !given.get(name)) given.set(name, example)
  const locale = formattingLocale(language, { customer: null, shop: shop.locale })
  const setting = { language, locale, currency: shop.currency, timeZone: shop.timeZone }
  // The values of an invalid draft are not checked.
  if (issues.length > 0) return { content: null, text: '', issues }
  const rendered = renderContent(drafted, variables, given, setting)
  if (rendered.issues.length > 0)
    return {
      content: null,
      text: '',
      issues: rendered.issues.map(({ path, message }) => ({ path: `input.${path}`, message })),
    }
  const whole = await resolvePreviewImage(app, actor.merchantId, rendered.content)
  if (!whole) return null
  const content = freeForm(type, whole)
  return { content, text: contentText(content), issues: [] }
}

async function readDraft(
  app: AppContext,
  { merchantId }: TenantActor,
  { templateId, draft }: PreviewRequest,
): Promise<[Drafted, ValidationIssue[]] | null> {
  const template = templateId == null ? null : await findTemplate(app, merchantId, templateId)
  if (templateId != null && !template) return null
  if (!draft) {
    if (template) return [template, []]
    throw new ValidationError([{ path: 'input.templateId', message: 'set a templateId or a draft' }])
  }
  const { type } = draft
  const content = readContent(type, draft.content)
  const declared = readVariables(draft.variables ?? [])
  const { variables, issues } = addNoticeVariables(draft.name ?? template?.name ?? '', { type, content }, declared)
  const language = canonicalLanguage(draft.language)
  const faults = [
    ...(language
      ? []
      : [{ path: 'language', message: 'must be a language such as en, or with a country, such as pt-BR' }]),
    ...issues,
    ...draftIssues({ type, content }, variables),
  ].map(({ path, message }) => ({ path: `input.draft.${path}`, message }))
  return [{ type, language: language ?? 'en', content, variables }, faults]
}

async function resolvePreviewImage(
  app: AppContext,
  merchantId: string,
  content: TemplateContent,
): Promise<TemplateContent | null> {
  const { mediaId, ...rest } = content
  if (mediaId === undefined) return content
  const asset = await findMedia(app, merchantId, mediaId)
  if (!asset) return null
  // An image that is not ready has no URL yet.
  const imageUrl = mediaLink(app, asset, 'MEDIUM', 'JPEG')
  return { ...rest, ...(imageUrl ? { imageUrl } : {}) }
}
