import type { ValidationIssue } from '../../../errors.ts'
import { TEMPLATE_LIMITS, lengthOf, textParts, type TemplateDraft, type TemplateType } from './content.ts'
import { safeUrl } from './escape.ts'
import { canonicalLanguage } from './language.ts'
import { parseText } from './placeholders.ts'
import { formatValue, VALUE_RULES, VARIABLE_NAME, type Variable } from './variables.ts'

type Issues = ValidationIssue[]

export const NAME = /^[a-z0-9_]{3,50}$/

/** Issues of name, language and description; paths without a root. */
export function identityIssues({
  name,
  language,
  description,
}: {
  name: string
  language: string
  description: string
}): Issues {
  const issues: Issues = []
  if (!NAME.test(name))
    issues.push({
      path: 'name',
      message: `must have ${TEMPLATE_LIMITS.nameMin} to ${TEMPLATE_LIMITS.nameMax} of a-z, 0-9 and "_"`,
    })
  if (!canonicalLanguage(language))
    issues.push({ path: 'language', message: 'must be a language such as en, or with a country, such as pt-BR' })
  return [...issues, ...descriptionIssues(description)]
}

export const descriptionIssues = (description: string): Issues =>
  lengthOf(description) > TEMPLATE_LIMITS.description
    ? [{ path: 'description', message: `must be at most ${TEMPLATE_LIMITS.description} characters` }]
    : []

/** Issues of the content and the variables of a template; paths without a root. */
export function draftIssues(draft: TemplateDraft, variables: readonly Variable[]): Issues {
  return [...structureIssues(draft), ...textIssues(draft, variables), ...variableIssues(draft, variables)]
}

/** The parts of each type besides `body`. */
const PARTS: Readonly<Record<TemplateType, readonly string[]>> = {
  TEXT: [],
  BUTTONS: ['header', 'footer', 'buttons'],
  LIST: ['header', 'footer', 'listButton', 'sections'],
  MEDIA: ['mediaId', 'imageUrl'],
}

function structureIssues({ type, content }: TemplateDraft): Issues {
  const issues: Issues = []
  const at = (path: string, message: string) => issues.push({ path: `content.${path}`, message })
  for (const [part, value] of Object.entries(content)) {
    if (part !== 'body' && value !== undefined && !PARTS[type].includes(part))
      at(part, `is not part of a template of type ${type}; leave it out`)
  }
  if (type === 'BUTTONS') {
    const buttons = content.buttons ?? []
    if (buttons.length < 1) at('buttons', 'needs at least 1 button')
    if (buttons.length > TEMPLATE_LIMITS.buttons) at('buttons', `must have at most ${TEMPLATE_LIMITS.buttons} buttons`)
    repeats(buttons, 'id').forEach((index) => at(`buttons.${index}.id`, 'must be unique among the buttons'))
    repeats(buttons, 'title').forEach((index) => at(`buttons.${index}.title`, 'must be unique among the buttons'))
    buttons.forEach(({ id }, index) =>
      idFault(id, TEMPLATE_LIMITS.buttonId).forEach((why) => at(`buttons.${index}.id`, why)),
    )
  }
  if (type === 'LIST') listFaults(content.sections ?? [], content.listButton, at)
  if (type === 'MEDIA') {
    if ((content.mediaId === undefined) === (content.imageUrl === undefined))
      at('mediaId', 'needs an image: set exactly one of mediaId and imageUrl')
    if (content.imageUrl !== undefined && safeUrl(content.imageUrl) === null) at('imageUrl', VALUE_RULES.URL)
  }
  return issues
}

function listFaults(
  sections: NonNullable<TemplateDraft['content']['sections']>,
  listButton: string | undefined,
  at: (path: string, message: string) => void,
): void {
  if (listButton === undefined) at('listButton', 'is required: it is the title of the button that opens the list')
  if (sections.length < 1) at('sections', 'needs at least 1 section')
  if (sections.length > TEMPLATE_LIMITS.sections)
    at('sections', `must have at most ${TEMPLATE_LIMITS.sections} sections`)
  const rows = sections.flatMap((section, s) =>
    section.rows.map((row, r) => ({ ...row, path: `sections.${s}.rows.${r}.id` })),
  )
  if (rows.length > TEMPLATE_LIMITS.rows)
    at('sections', `must have at most ${TEMPLATE_LIMITS.rows} rows in all sections`)
  sections.forEach((section, s) => {
    if (section.rows.length < 1) at(`sections.${s}.rows`, 'needs at least 1 row')
  })
  repeats(rows, 'id').forEach((index) => at(rows[index]?.path ?? 'sections', 'must be unique among the rows'))
  rows.forEach(({ id, path }) => idFault(id, TEMPLATE_LIMITS.rowId).forEach((why) => at(path, why)))
}

/** Issues of the id of a button or row, which cannot contain placeholders. */
function idFault(id: string, max: number): string[] {
  if (id.trim() === '') return ['must not be empty']
  if (lengthOf(id) > max) return [`must be at most ${max} characters`]
  return /\{\{|\}\}/.test(id) ? ['cannot contain a placeholder; it is the same for every customer'] : []
}

/** The indexes of items that repeat an earlier value. */
function repeats<Key extends string>(items: readonly Record<Key, string>[], key: Key): number[] {
  const seen = new Set<string>()
  return items.flatMap((item, index) => {
    if (seen.has(item[key])) return [index]
    seen.add(item[key])
    return []
  })
}

function textIssues(draft: TemplateDraft, variables: readonly Variable[]): Issues {
  const declared = new Set(variables.map(({ name }) => name))
  return textParts(draft).flatMap(({ path, text, max, required }) => {
    const at = (message: string) => ({ path: `content.${path}`, message })
    if (required && text.trim() === '') return [at('must not be empty')]
    if (lengthOf(text) > max) return [at(`must be at most ${max} characters`)]
    const { segments, faults } = parseText(text)
    const issues = faults.map(at)
    const unknown = segments.flatMap((one) => ('variable' in one && !declared.has(one.variable) ? [one.variable] : []))
    for (const name of new Set(unknown)) issues.push(at(`uses {{${name}}}, which is not among the variables`))
    return issues
  })
}

// Only the format of values is checked, so any language, currency and time zone is suitable.
const ANYWHERE = { language: 'en', locale: 'en', currency: 'USD', timeZone: 'UTC' }

function variableIssues(draft: TemplateDraft, variables: readonly Variable[]): Issues {
  const issues: Issues = []
  const at = (path: string, message: string) => issues.push({ path: `variables${path}`, message })
  if (variables.length > TEMPLATE_LIMITS.variables) at('', `must have at most ${TEMPLATE_LIMITS.variables} variables`)
  repeats(variables, 'name').forEach((index) => at(`.${index}.name`, 'must be unique among the variables'))
  const used = new Set(
    textParts(draft).flatMap(({ text }) =>
      parseText(text).segments.flatMap((one) => ('variable' in one ? [one.variable] : [])),
    ),
  )
  variables.forEach(({ name, type, default: fallback, example }, index) => {
    if (!VARIABLE_NAME.test(name))
      at(`.${index}.name`, 'must have 1 to 40 of a-z, 0-9 and "_", and begin with a letter')
    else if (!used.has(name))
      at(`.${index}.name`, `is used nowhere; write {{${name}}} where it belongs, or leave it out`)
    const unusable = (value: string | null) => value && formatValue(type, value, ANYWHERE, { multiline: true }) === null
    if (unusable(fallback)) at(`.${index}.default`, VALUE_RULES[type])
    if (unusable(example)) at(`.${index}.example`, VALUE_RULES[type])
  })
  return issues
}
