import { ValidationError, type ValidationIssue } from '../../errors.ts'
import type { TemplateContent, TemplateDraft, TemplateType } from './domain/content.ts'
import { mapTexts } from './domain/content.ts'
import { readable } from './domain/escape.ts'
import { isNoticeName, noticeVariables } from './domain/notices.ts'
import { variablesUsedIn } from './domain/built-in.ts'
import { textParts } from './domain/content.ts'
import type { Variable, VariableType } from './domain/variables.ts'

type Maybe<T> = T | null | undefined
type RowInput = { id: string; title: string; description?: Maybe<string> }

/** The content of a template as the API receives it. */
export type ContentInput = {
  body: string
  header?: Maybe<string>
  footer?: Maybe<string>
  buttons?: Maybe<readonly { id: string; title: string }[]>
  listButton?: Maybe<string>
  sections?: Maybe<readonly { title: string; rows: readonly RowInput[] }[]>
  mediaId?: Maybe<string>
  imageUrl?: Maybe<string>
}
export type VariableInput = {
  name: string
  type: VariableType
  default?: Maybe<string>
  example?: Maybe<string>
}

/** Normalises content: drops empty parts and removes unreadable characters from every text. */
export function readContent(type: TemplateType, input: ContentInput): TemplateContent {
  const { body, header, footer, buttons, listButton, sections, mediaId, imageUrl } = input
  const content: TemplateContent = {
    body,
    ...(header ? { header } : {}),
    ...(footer ? { footer } : {}),
    ...(buttons ? { buttons: buttons.map(({ id, title }) => ({ id, title })) } : {}),
    ...(listButton == null ? {} : { listButton }),
    ...(sections
      ? {
          sections: sections.map(({ title, rows }) => ({
            title,
            rows: rows.map(({ id, title: name, description }) => ({
              id,
              title: name,
              ...(description ? { description } : {}),
            })),
          })),
        }
      : {}),
    ...(mediaId ? { mediaId } : {}),
    ...(imageUrl ? { imageUrl: imageUrl.trim() } : {}),
  }
  return mapTexts({ type, content }, (text) => readable(text).trim())
}

export const readVariables = (input: readonly VariableInput[]): Variable[] =>
  input.map(({ name, type, default: fallback, example }) => ({
    name,
    type,
    default: fallback ?? null,
    example: example?.trim() ? example : null,
  }))

/**
 * Completes the variables of a template that has the name of a notice: the variables of the notice need not be declared,
 * and others may not be. The variables of any other template do not change.
 */
export function addNoticeVariables(
  name: string,
  draft: TemplateDraft,
  declared: Variable[],
): { variables: Variable[]; issues: ValidationIssue[] } {
  if (!isNoticeName(name)) return { variables: declared, issues: [] }
  const offered = new Map(noticeVariables(name).map((variable) => [variable.name, variable]))
  const issues = declared.flatMap((variable, index): ValidationIssue[] => {
    const offer = offered.get(variable.name)
    if (!offer) {
      const message = `is nothing the notice ${name} tells; it has ${[...offered.keys()].join(', ')}`
      return [{ path: `variables.${index}.name`, message }]
    }
    return offer.type === variable.type
      ? []
      : [{ path: `variables.${index}.type`, message: `must be ${offer.type} in the notice ${name}` }]
  })
  const text = textParts(draft)
    .map((part) => part.text)
    .join('\n')
  const missing = variablesUsedIn([...offered.values()], text).filter(
    (one) => !declared.some(({ name: known }) => known === one.name),
  )
  const kept = declared.map((variable) => {
    const offer = offered.get(variable.name)
    return {
      ...variable,
      default: variable.default ?? offer?.default ?? null,
      example: variable.example ?? offer?.example ?? null,
    }
  })
  return { variables: [...kept, ...missing], issues }
}

/** @throws ValidationError with all issues, their paths below `input`. */
export function assertNoIssues(issues: readonly ValidationIssue[]): void {
  if (issues.length > 0)
    throw new ValidationError(issues.map(({ path, message }) => ({ path: `input.${path}`, message })))
}
