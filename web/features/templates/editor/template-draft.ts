import type { TemplateCategory, TemplateType, TemplateVariableType } from '../../../generated/operations.ts'
import { placeholdersIn } from '../preview/placeholders.ts'

export type DraftVariable = {
  name: string
  type: TemplateVariableType
  /** Used when no value is given. */
  fallback: string
  /** Whether it may stay empty: then nothing is asked for, and a line of the text with nothing in it is left out. */
  optional: boolean
  /** Shown in previews and to WhatsApp's reviewers. */
  example: string
}

/** `key` tells rows apart on screen, whatever is typed into them. */
export type DraftButton = { key: string; id: string; title: string }
export type DraftRow = { key: string; id: string; title: string; description: string }
export type DraftSection = { key: string; title: string; rows: DraftRow[] }

/** A template as it is being edited: every field of every type, so that switching the type forgets nothing. */
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
  /** An address instead of an image of the library; set by partners only. */
  imageUrl: string | null
  variables: DraftVariable[]
}

let lastKey = 0
export function newKey(): string {
  lastKey += 1
  return `row-${lastKey}`
}

/** The first free one of `button_1`, `button_2`, …: ids a customer never sees. */
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

/** Whether messages of a type have a heading and small print. */
export const isFramed = (type: TemplateType): boolean => type === 'BUTTONS' || type === 'LIST'

/** Every text of a template in which a variable may stand, those of its present type only. */
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

/** Which fields a type has beside its text. */
export const TYPE_LOOKS: Record<TemplateType, { label: string; about: string }> = {
  TEXT: { label: 'Text', about: 'Words only.' },
  BUTTONS: { label: 'Buttons', about: 'Words and up to three buttons to tap.' },
  LIST: { label: 'List', about: 'Words and a list to choose from, up to ten rows.' },
  MEDIA: { label: 'Image', about: 'An image from your library with words below it.' },
}

export const CATEGORY_LABELS: Record<TemplateCategory, string> = {
  UTILITY: 'Utility: about an order or a question',
  MARKETING: 'Marketing: offers and news',
}

export const VARIABLE_LABELS: Record<TemplateVariableType, { label: string; hint: string }> = {
  TEXT: { label: 'Text', hint: 'Ana' },
  NUMBER: { label: 'Number', hint: '3' },
  MONEY: { label: 'Money', hint: '12.50' },
  DATE: { label: 'Date', hint: '2026-12-24' },
  URL: { label: 'Link', hint: 'https://…' },
}
