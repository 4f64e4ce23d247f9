import type { ValidationIssue } from '../../../errors.ts'
import type { TemplateComponent, TemplateDefinition } from '../../../whatsapp/template-client.ts'
import type { OutboundContent } from '../../../whatsapp/content.ts'
import { TEMPLATE_LIMITS, lengthOf, type TemplateDraft } from './content.ts'
import { cloudLanguage } from './language.ts'
import { fill, parseText, variablesIn } from './placeholders.ts'
import { fillVariables, type ValueIssue, type Values } from './render.ts'
import type { Setting, Variable } from './variables.ts'

/** One version of a template. */
export type CloudTemplate = TemplateDraft & {
  name: string
  language: string
  category: 'UTILITY' | 'MARKETING'
  variables: readonly Variable[]
}

/** Replaces an empty optional variable: a parameter must not be empty (Meta, error 131008). */
const NOTHING = '–'

/**
 * The issues for which WhatsApp would refuse to review the template; paths below `template` (Meta, "Template
 * components" and "Common rejection reasons").
 */
export function submissionIssues({ type, content, language, variables }: CloudTemplate): ValidationIssue[] {
  const issues: ValidationIssue[] = []
  const at = (path: string, message: string) => issues.push({ path, message })
  if (type === 'LIST') at('type', 'WhatsApp does not approve lists; this template can only be sent within 24 hours')
  if (type === 'MEDIA')
    at(
      'type',
      'WhatsApp needs a sample image uploaded in WhatsApp Manager; this template can only be sent within 24 hours',
    )
  if (!cloudLanguage(language)) at('language', 'is not a language in which WhatsApp accepts templates')
  const { header, body, footer, buttons } = content
  if (header !== undefined) {
    if (variablesIn(header).length > 1) at('content.header', 'must contain at most one variable')
    if (/[*_~`\n]|\p{Extended_Pictographic}/u.test(fill(header, () => '')))
      at('content.header', 'must not contain line breaks, emoji or formatting')
  }
  const { segments } = parseText(body.trim())
  if (segments[0] && 'variable' in segments[0]) at('content.body', 'must not begin with a variable')
  const last = segments.at(-1)
  if (last && 'variable' in last) at('content.body', 'must not end with a variable')
  if (segments.some((one, i) => 'variable' in one && i > 0 && isGap(segments.slice(0, i))))
    at('content.body', 'needs words between two variables')
  if (/\t| {5}|\n{4}/.test(body)) at('content.body', 'must not contain tabs, five spaces or four line breaks in a row')
  if (footer !== undefined && variablesIn(footer).length > 0) at('content.footer', 'must not contain variables')
  buttons?.forEach(({ title }, index) => {
    if (variablesIn(title).length > 0) at(`content.buttons.${index}.title`, 'must not contain variables')
  })
  variables.forEach(({ example, default: fallback }, index) => {
    if (!example && !fallback) at(`variables.${index}.example`, 'is required: WhatsApp reviews the text with it')
  })
  return issues
}

/** Whether only white space separates the next variable from the one before. */
function isGap(before: ReturnType<typeof parseText>['segments']): boolean {
  const last = before.at(-1)
  if (!last || 'variable' in last) return last !== undefined
  const earlier = before.at(-2)
  return last.text.trim() === '' && earlier !== undefined && 'variable' in earlier
}

/** The definition to submit for review; examples are formatted as customers would read them. */
export function cloudDefinition(template: CloudTemplate, setting: Setting): TemplateDefinition {
  const { name, language, category, content, variables } = template
  const examples = new Map(
    variables.map((one) => [one.name, one.example || one.default || NOTHING] as [string, string]),
  )
  const { texts } = fillVariables(variables, examples, setting, { multiline: false })
  const named = (text: string) =>
    variablesIn(text).map((param) => ({ param_name: param, example: texts.get(param) || NOTHING }))
  const written = (text: string) => fill(text, (param) => `{{${param}}}`).trim()
  const components: TemplateComponent[] = []
  if (content.header) {
    const params = named(content.header)
    const example = params.length > 0 ? { example: { header_text_named_params: params } } : {}
    components.push({ type: 'HEADER', format: 'TEXT', text: written(content.header), ...example })
  }
  const params = named(content.body)
  const example = params.length > 0 ? { example: { body_text_named_params: params } } : {}
  components.push({ type: 'BODY', text: written(content.body), ...example })
  if (content.footer) components.push({ type: 'FOOTER', text: content.footer.trim() })
  if (content.buttons)
    components.push({
      type: 'BUTTONS',
      buttons: content.buttons.map(({ title }) => ({ type: 'QUICK_REPLY', text: title })),
    })
  return { name, language: cloudLanguage(language) ?? language, category, components }
}

export type CloudContent = Extract<OutboundContent, { kind: 'template' }>

/** An approved template with its parameters, ready to be sent, and every issue of the values. */
export function cloudContent(
  template: CloudTemplate,
  values: Values,
  setting: Setting,
): { content: CloudContent; issues: ValueIssue[] } {
  const { name, language, variables } = template
  const { header, body, buttons, imageUrl } = template.content
  const { texts, issues } = fillVariables(variables, values, setting, { multiline: false })
  const textOf = (param: string): string => texts.get(param) || NOTHING
  const parameters = (text: string) => variablesIn(text).map((param) => ({ name: param, text: textOf(param) }))
  const read = fill(body, textOf).trim()
  if (issues.length === 0) {
    for (const [path, text, max] of [
      ['header', fill(header ?? '', textOf), TEMPLATE_LIMITS.header],
      ['body', read, TEMPLATE_LIMITS.body],
    ] as const) {
      const length = lengthOf(text)
      if (length > max)
        issues.push({
          kind: 'too-long',
          path: `content.${path}`,
          message: `is ${length} characters long once filled in; WhatsApp allows ${max}`,
        })
    }
  }
  const content: CloudContent = {
    kind: 'template',
    name,
    language: cloudLanguage(language) ?? language,
    body: read,
    ...(imageUrl === undefined ? {} : { headerImageUrl: imageUrl }),
    ...(header === undefined ? {} : { headerParameters: parameters(header) }),
    bodyParameters: parameters(body),
    ...(buttons && {
      buttonParameters: buttons.map(({ id }, index) => ({ index, kind: 'quick_reply' as const, text: id })),
    }),
  }
  return { content, issues }
}
