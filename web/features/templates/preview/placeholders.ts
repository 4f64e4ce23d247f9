import type { TemplateVariableType } from '../../../generated/operations.ts'
import type { DraftVariable } from '../editor/template-draft.ts'

/** A variable in a text: `{{name}}`. The server's template engine decides; this pattern follows it for previews. */
const PLACEHOLDER = /\{\{\s*([a-z][a-z0-9_]*)\s*\}\}/g

/** The distinct variable names in some texts, in order of appearance. */
export function placeholdersIn(texts: Iterable<string>): string[] {
  const names = new Set<string>()
  for (const text of texts) for (const match of text.matchAll(PLACEHOLDER)) names.add(match[1] ?? '')
  return [...names]
}

/** A text with each variable replaced by its value; variables without a value stay as they are. */
export function fillIn(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(PLACEHOLDER, (whole, name: string) => (Object.hasOwn(values, name) && values[name]) || whole)
}

/** Formats a typed value as the customer reads it: "$12.50" for "12.5". */
export type FormatValue = (type: TemplateVariableType, typed: string) => string

/** The value of each variable in a preview: its example, else its default. */
export function exampleValues(variables: readonly DraftVariable[], formatValue: FormatValue): Record<string, string> {
  return Object.fromEntries(
    variables.map(({ name, type, example, fallback }) => [name, formatValue(type, example || fallback)]),
  )
}

/** Inserts a variable at the caret or over the selection, and returns the new caret position. */
export function insertPlaceholder(
  text: string,
  name: string,
  from: number,
  to: number,
): { text: string; caret: number } {
  const placeholder = `{{${name}}}`
  return { text: text.slice(0, from) + placeholder + text.slice(to), caret: from + placeholder.length }
}

const GUESSES: [RegExp, TemplateVariableType, string][] = [
  [/(^|_)(total|price|amount|due|paid|refund|fee|subtotal)$/, 'MONEY', '12.50'],
  [/(^|_)(date|day|at|on|until)$/, 'DATE', '2026-12-24'],
  [/(^|_)(url|link|address_url)$/, 'URL', 'https://example.com/pay'],
  [/(^|_)(count|number_of|quantity|items)$/, 'NUMBER', '3'],
]

/** A new variable of the type that its name suggests; the person may change it. */
export function guessVariable(name: string): DraftVariable {
  const guess = GUESSES.find(([pattern]) => pattern.test(name))
  return { name, type: guess?.[1] ?? 'TEXT', fallback: '', optional: false, example: guess?.[2] ?? '' }
}

/** Adds a variable for each new name in `used`; existing rows stay, used or not. */
export function withNewVariables(variables: readonly DraftVariable[], used: readonly string[]): DraftVariable[] {
  const known = new Set(variables.map((variable) => variable.name))
  return [...variables, ...used.filter((name) => !known.has(name)).map(guessVariable)]
}
