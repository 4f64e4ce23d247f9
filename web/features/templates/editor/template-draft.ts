import type { TemplateCategory, TemplateType, TemplateVariableType } from '../../../generated/operations.ts'
import { placeholdersIn } from '../preview/placeholders.ts'

export type DraftVariable = {
  name: string
  type: TemplateVariableType
  /** Used when no value is given. */
  fallback: string
  /** May stay empty. A line of the text in which every variable is empty is left out of the message. */
  optional: boolean
  /** Shown in previews and to WhatsApp's reviewers. */
  example: string
}

/** `key` identifies a row on screen while its fields are edited. */
export type DraftButton = { key: string; id: string; title: string }
export type DraftRow = { key: string; id: string; title: string; description: string }
export type DraftSection = { key: string; title: string; rows: DraftRow[] }

/** A template in the editor: the fields of every type, so that switching the type keeps what was typed. */
export type TemplateDraft = {
  type: TemplateType
  name: string
  language: string
  description: string
  category: TemplateCategory
  header: string
  body: string
  footer: string
  buttons: DraftButton[]
  listButton: string
  sections: DraftSection[]
  mediaId: string | null
  /** The URL of an image outside the library; only partners set one, through the API. */
  imageUrl: string | null
  variables: DraftVariable[]
}

let lastKey = 0
export function newKey(): string {
  lastKey += 1
  return `row-${lastKey}`
}

/** The first free id of `button_1`, `button_2`, …; customers never see these ids. */
export function freeId(prefix: string, taken: readonly { id: string }[]): string {
  const ids = new Set(taken.map((item) => item.id))
  let number = taken.length + 1
  while (ids.has(`${prefix}_${number}`)) number += 1
  return `${prefix}_${number}`
}

export const newButton = (taken: readonly DraftButton[]): DraftButton => ({
  key: newKey(),
  id: freeId('button', taken),
  title: '',
})

export const newRow = (taken: readonly DraftRow[]): DraftRow => ({
  key: newKey(),
  id: freeId('row', taken),
  title: '',
  description: '',
})

export const newSection = (taken: readonly DraftRow[]): DraftSection => ({
  key: newKey(),
  title: '',
  rows: [newRow(taken)],
})

export const rowsOf = (sections: readonly DraftSection[]): DraftRow[] => sections.flatMap((section) => section.rows)

/** A new template. `language` is a BCP 47 tag. */
export function emptyDraft(language: string): TemplateDraft {
  return {
    type: 'TEXT',
    name: '',
    language,
    description: '',
    category: 'UTILITY',
    header: '',
    body: '',
    footer: '',
    buttons: [newButton([])],
    listButton: '',
    sections: [newSection([])],
    mediaId: null,
    imageUrl: null,
    variables: [],
  }
}

/** Whether messages of a type have a header and a footer. */
export const isFramed = (type: TemplateType): boolean => type === 'BUTTONS' || type === 'LIST'

/** The texts of the draft's current type that may contain variables. */
export function textsOf(draft: TemplateDraft): string[] {
  const texts = [draft.body]
  if (isFramed(draft.type)) {
    texts.unshift(draft.header)
    texts.push(draft.footer)
  }
  if (draft.type === 'BUTTONS') texts.push(...draft.buttons.map((button) => button.title))
  if (draft.type === 'LIST') {
    texts.push(draft.listButton)
    for (const section of draft.sections) {
      texts.push(section.title, ...section.rows.flatMap((row) => [row.title, row.description]))
    }
  }
  return texts
}

export const usedVariables = (draft: TemplateDraft): string[] => placeholdersIn(textsOf(draft))

/** The label and description of each type in the form. */
export const TYPE_LABELS: Record<TemplateType, { label: string; description: string }> = {
  TEXT: { label: 'Text', description: 'Text only.' },
  BUTTONS: { label: 'Buttons', description: 'Text with up to three quick reply buttons.' },
  LIST: { label: 'List', description: 'Text with a list of up to ten options.' },
  MEDIA: { label: 'Image', description: 'An image from your library with a caption.' },
}

export const CATEGORY_LABELS: Record<TemplateCategory, string> = {
  UTILITY: 'Utility: orders and requests',
  MARKETING: 'Marketing: offers and news',
}

export const VARIABLE_LABELS: Record<TemplateVariableType, { label: string; hint: string }> = {
  TEXT: { label: 'Text', hint: 'Ana' },
  NUMBER: { label: 'Number', hint: '3' },
  MONEY: { label: 'Money', hint: '12.50' },
  DATE: { label: 'Date', hint: '2026-12-24' },
  URL: { label: 'Link', hint: 'https://…' },
}
