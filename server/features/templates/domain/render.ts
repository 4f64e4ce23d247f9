import type { ValidationIssue } from '../../../errors.ts'
import { lengthOf, mapTexts, textParts, type TemplateContent, type TemplateDraft } from './content.ts'
import { fill, variablesIn } from './placeholders.ts'
import { formatValue, VALUE_RULES, type Setting, type Variable } from './variables.ts'

export type Values = ReadonlyMap<string, string>

/** An invalid value. `missing` and `unknown`: the names do not match the template; the other kinds: the value is invalid. */
export type ValueIssue = ValidationIssue & { kind: 'missing' | 'unknown' | 'ill-typed' | 'too-long' }

export type Filled = { texts: ReadonlyMap<string, string>; issues: ValueIssue[] }

/**
 * Formats every variable as the customer reads it, and reports every missing, unknown or ill-typed value at once. The
 * default replaces a missing value; an empty default makes a variable optional.
 */
export function fillVariables(
  variables: readonly Variable[],
  values: Values,
  setting: Setting,
  { multiline = true }: { multiline?: boolean } = {},
): Filled {
  const issues: ValueIssue[] = []
  const texts = new Map<string, string>()
  const known = new Set(variables.map(({ name }) => name))
  for (const name of values.keys())
    if (!known.has(name)) {
      const offered = variables.map((one) => one.name).join(', ')
      issues.push({
        kind: 'unknown',
        path: `values.${name}`,
        message: `is not a variable of this template; ${offered ? `it has ${offered}` : 'it has none'}`,
      })
    }
  for (const { name, type, default: fallback } of variables) {
    const given = values.get(name)
    const value = given === undefined || given.trim() === '' ? fallback : given
    if (value === null) issues.push({ kind: 'missing', path: `values.${name}`, message: 'is missing' })
    else if (value === '') texts.set(name, '')
    else {
      const text = formatValue(type, value, setting, { multiline })
      if (text === null) issues.push({ kind: 'ill-typed', path: `values.${name}`, message: VALUE_RULES[type] })
      // Only unreadable characters were given, for example a name of control characters.
      else if (text.trim() === '' && fallback === null)
        issues.push({ kind: 'missing', path: `values.${name}`, message: 'has no readable character' })
      else texts.set(name, text)
    }
  }
  return { texts, issues }
}

export type Rendered = { content: TemplateContent; issues: ValueIssue[] }

/**
 * Renders the content as the customer reads it. A line of the body whose variables are all empty is left out, so that
 * `Reason: {{reason}}` is omitted without a reason. Lengths are checked after filling in. Content with issues must not be
 * sent.
 */
export function renderContent(
  draft: TemplateDraft,
  variables: readonly Variable[],
  values: Values,
  setting: Setting,
): Rendered {
  const { texts, issues } = fillVariables(variables, values, setting)
  const valueOf = (name: string): string => texts.get(name) ?? ''
  const content = mapTexts(draft, (text, path) =>
    path === 'body' ? fillLines(text, valueOf) : fill(text, (name) => valueOf(name).replaceAll('\n', ' ')).trim(),
  )
  if (issues.length === 0) issues.push(...lengthIssues({ type: draft.type, content }))
  return { content, issues }
}

/** Texts that are too long or empty once filled in. */
function lengthIssues(draft: TemplateDraft): ValueIssue[] {
  return textParts(draft).flatMap(({ path, text, max, required }): ValueIssue[] => {
    const length = lengthOf(text)
    if (length > max) {
      const message = `is ${length} characters long once filled in; WhatsApp allows ${max}`
      return [{ kind: 'too-long', path: `content.${path}`, message }]
    }
    if (required && text.trim() === '')
      return [{ kind: 'missing', path: `content.${path}`, message: 'is empty once filled in' }]
    return []
  })
}

function fillLines(text: string, valueOf: (name: string) => string): string {
  const lines = text.split('\n').flatMap((line) => {
    const names = variablesIn(line)
    return names.length > 0 && names.every((name) => valueOf(name) === '') ? [] : [fill(line, valueOf)]
  })
  return lines
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim()
}
