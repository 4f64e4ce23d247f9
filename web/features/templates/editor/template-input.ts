import type {
  TemplateContentInput,
  TemplateDetailFragment,
  TemplateVariableInput,
  TemplateVariableType,
} from '../../../generated/operations.ts'
import { fromMinorUnits, toMinorUnits } from '../../../format/money.ts'
import {
  emptyDraft,
  isFramed,
  newButton,
  newKey,
  newSection,
  usedVariables,
  type DraftVariable,
  type TemplateDraft,
} from './template-draft.ts'

/** A typed value as the API expects it: money in minor units, everything else unchanged. The server rejects text that is not an amount. */
export const toValue = (type: TemplateVariableType, text: string, currency: string): string =>
  type === 'MONEY' ? (toMinorUnits(text, currency) ?? text) : text

/** An API value as people type it: money in major units. */
export const fromValue = (type: TemplateVariableType, value: string, currency: string): string =>
  type === 'MONEY' ? fromMinorUnits(value, currency) : value

/** The content of a mutation or preview: only the fields of the draft's current type. */
export function contentInput(draft: TemplateDraft): TemplateContentInput {
  const { type, body, header, footer, mediaId, imageUrl } = draft
  return {
    body,
    ...(isFramed(type) && { header, footer }),
    ...(type === 'BUTTONS' && { buttons: draft.buttons.map(({ id, title }) => ({ id, title })) }),
    ...(type === 'LIST' && {
      listButton: draft.listButton,
      sections: draft.sections.map(({ title, rows }) => ({
        title,
        rows: rows.map(({ id, title: name, description }) => ({ id, title: name, description })),
      })),
    }),
    ...(type === 'MEDIA' && (mediaId === null ? imageUrl !== null && { imageUrl } : { mediaId })),
  }
}

export const variableInputs = (variables: readonly DraftVariable[], currency: string): TemplateVariableInput[] =>
  variables.map(({ name, type, fallback, optional, example }) => ({
    name: name.trim(),
    type,
    default: fallback ? toValue(type, fallback, currency) : optional ? '' : null,
    example: example ? toValue(type, example, currency) : null,
  }))

/** The draft without unused variables, which the server would reject. */
export function withoutUnused(draft: TemplateDraft): TemplateDraft {
  const used = usedVariables(draft)
  return { ...draft, variables: draft.variables.filter(({ name }) => used.includes(name.trim())) }
}

/** The editor always shows at least one row. */
const orOne = <T>(items: T[], one: T): T[] => (items.length > 0 ? items : [one])

type Stored = Pick<
  TemplateDetailFragment,
  'type' | 'name' | 'language' | 'description' | 'category' | 'content' | 'variables'
>

/** A saved template as an editable draft. */
export function draftOf(template: Stored, currency: string): TemplateDraft {
  const { type, name, language, description, category, content, variables } = template
  const { header, body, footer, buttons, listButton, sections, mediaId, imageUrl } = content
  return {
    ...emptyDraft(language),
    type,
    name,
    description,
    category,
    header: header ?? '',
    body,
    footer: footer ?? '',
    buttons: orOne(
      buttons.map(({ id, title }) => ({ key: newKey(), id, title })),
      newButton([]),
    ),
    listButton: listButton ?? '',
    sections: orOne(
      sections.map(({ title, rows }) => ({
        key: newKey(),
        title,
        rows: rows.map((row) => ({ key: newKey(), id: row.id, title: row.title, description: row.description ?? '' })),
      })),
      newSection([]),
    ),
    mediaId,
    imageUrl,
    variables: variables.map((variable) => ({
      name: variable.name,
      type: variable.type,
      fallback: fromValue(variable.type, variable.default ?? '', currency),
      optional: variable.default === '',
      example: fromValue(variable.type, variable.example ?? '', currency),
    })),
  }
}

/** Whether a validation message asks for an image; its text is for programs, so the screen shows its own. */
export const isImageMissing = (message: string): boolean => /^needs an image\b/.test(message)
