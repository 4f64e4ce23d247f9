import * as z from 'zod'

import { limits } from '../../whatsapp/limits.ts'
import { GraphError } from '../graph-errors.ts'

/**
 * A submitted template, validated as Meta validates it (Meta, "Template components" and "Template error codes"). Rules
 * that need a human reader are left to the emulator's reviewer.
 */

/** Refusals of the management API: a subcode of code 100, with a title and a sentence for people. */
const refusals = {
  2388019: ['Template limit exceeded', 'Your WhatsApp account has reached its limit of message templates.'],
  2388023: [
    'Message template language is being deleted',
    'New content in this language cannot be added while the existing content is being deleted. Try again later or choose another name.',
  ],
  2388024: [
    'Content in this language already exists',
    'There is already content in this language for this template. You can create a new template and try again.',
  ],
  2388039: ['Template cannot be edited', 'The template cannot be edited in its present state.'],
  2388040: ['Character limit exceeded', 'The field is longer than allowed.'],
  2388043: ['Message template components param is missing expected field(s)', 'A field is missing.'],
  2388047: ['Message header format is incorrect', 'The header has an incorrect format.'],
  2388072: ['Message body format is incorrect', 'The body has an incorrect format.'],
  2388073: ['Message footer format is incorrect', 'The footer has an incorrect format.'],
  2388293: [
    'Parameters words ratio exceeds limit',
    'This template has too many variables for its length. Reduce the number of variables or increase the message length.',
  ],
  2388299: ['Leading or trailing params are not allowed', "Variables can't be at the start or end of the template."],
} as const
export type TemplateSubcode = keyof typeof refusals

/** The error of this subcode; `note` adds the particular mistake. */
export function templateError(subcode: TemplateSubcode, note?: string): GraphError {
  const [title, sentence] = refusals[subcode]
  return new GraphError(100, {
    subcode,
    user: { title, message: note === undefined ? sentence : `${sentence} ${note}` },
  })
}

const invalid = (details: string): GraphError => new GraphError(100, { details })

// Copied from Meta's list of supported languages (2026); Meta accepts no others.
const languages = new Set(
  (
    'af sq ar az bn bg ca zh_CN zh_HK zh_TW hr cs da nl en en_GB en_US et fil fi fr de el gu ha he hi hu id ga it ja ' +
    'kn kk ko lo lv lt mk ms ml mr nb fa pl pt_BR pt_PT pa ro ru sr sk sl es es_AR es_ES es_MX sw sv ta te th tr uk ' +
    'ur uz vi zu'
  ).split(' '),
)

const component = z.looseObject({ type: z.string().transform((type) => type.toUpperCase()) })
const componentsSchema = z.array(component).min(1).max(20)
export const submissionSchema = z.object({
  name: z.string().min(1).max(limits.templateName),
  language: z.string(),
  category: z.enum(['MARKETING', 'UTILITY', 'AUTHENTICATION']),
  parameter_format: z
    .string()
    .transform((format) => format.toUpperCase())
    .pipe(z.enum(['NAMED', 'POSITIONAL']))
    .default('POSITIONAL'),
  components: componentsSchema,
})
export const editSchema = z.object({
  category: submissionSchema.shape.category.optional(),
  components: componentsSchema.optional(),
})

type Format = 'NAMED' | 'POSITIONAL'
type Component = z.infer<typeof component>

const length = (text: string): number => [...text].length
const variablePattern = /\{\{([^{}]*)\}\}/g

/** The variables of a text, in order. */
export const variablesOf = (text: string): string[] =>
  [...text.matchAll(variablePattern)].map((match) => match[1]!.trim())

function assertVariables(text: string, format: Format, subcode: TemplateSubcode): string[] {
  const variables = variablesOf(text)
  if (text.replace(variablePattern, '').includes('{{'))
    throw templateError(subcode, 'A variable is not closed by "}}".')
  for (const [index, name] of variables.entries()) {
    if (format === 'NAMED' && !/^[a-z][a-z0-9_]*$/.test(name)) {
      throw templateError(
        subcode,
        `The variable {{${name}}} may contain only a-z, 0-9 and "_", and must begin with a letter.`,
      )
    }
    if (format === 'POSITIONAL' && name !== String(index + 1)) {
      throw templateError(subcode, `Variables are {{1}}, {{2}}, … in order; found {{${name}}}.`)
    }
  }
  if (new Set(variables).size !== variables.length) throw templateError(subcode, 'A variable is used twice.')
  return variables
}

const namedExamples = z.array(z.object({ param_name: z.string(), example: z.string().min(1) }))

function assertExamples(part: 'body' | 'header', component: Component, variables: string[], format: Format): void {
  if (variables.length === 0) return
  const example = z.record(z.string(), z.unknown()).safeParse(component['example']).data ?? {}
  if (format === 'NAMED') {
    const given = namedExamples.safeParse(example[`${part}_text_named_params`]).data ?? []
    const missing = variables.filter((name) => !given.some((it) => it.param_name === name))
    if (missing.length > 0) throw templateError(2388043, `(example of ${part} variable ${missing.join(', ')})`)
    return
  }
  const flat = z.array(z.string().min(1))
  const given =
    part === 'body'
      ? z.array(flat).min(1).safeParse(example['body_text']).data?.[0]
      : flat.safeParse(example['header_text']).data
  if (given?.length !== variables.length)
    throw templateError(2388043, `(example of ${variables.length} ${part} variables)`)
}

function textOf(component: Component, subcode: TemplateSubcode, max: number): string {
  const text = z.string().safeParse(component['text']).data ?? ''
  if (text.trim() === '') throw templateError(2388043, `(text of the ${component.type.toLowerCase()})`)
  if (length(text) > max)
    throw templateError(2388040, `${component.type}: ${length(text)} of at most ${max} characters.`)
  // Meta accepts no long run of blank lines or spaces, which would hide the rest of the text.
  if (/\n{3,}| {5,}/.test(text)) throw templateError(subcode, 'Too many line breaks or spaces in a row.')
  return text
}

function assertBody(body: Component, format: Format): void {
  const text = textOf(body, 2388072, 1024)
  const variables = assertVariables(text, format, 2388072)
  const trimmed = text.trim()
  if (trimmed.startsWith('{{') || trimmed.endsWith('}}')) throw templateError(2388299)
  if (/\}\}\s*\{\{/.test(text)) throw templateError(2388072, 'Two variables need words between them.')
  // Meta does not publish the ratio; this value was measured by others.
  if (text.split(/\s+/).length < 2 * variables.length + 1) throw templateError(2388293)
  assertExamples('body', body, variables, format)
}

function assertHeader(header: Component, format: Format): void {
  const kind = String(header['format'] ?? '').toUpperCase()
  if (kind === 'TEXT') {
    const text = textOf(header, 2388047, limits.header)
    if (text.includes('\n')) throw templateError(2388047, 'A header is one line.')
    const variables = assertVariables(text, format, 2388047)
    if (variables.length > 1) throw templateError(2388047, 'A header takes one variable.')
    return assertExamples('header', header, variables, format)
  }
  if (!['IMAGE', 'VIDEO', 'DOCUMENT', 'LOCATION'].includes(kind))
    throw invalid('Param header.format is not a known format')
  if (kind === 'LOCATION') return
  const example = z.object({ header_handle: z.array(z.string().min(1)).min(1) }).safeParse(header['example'])
  if (!example.success) throw templateError(2388043, `(example.header_handle of a header with ${kind.toLowerCase()})`)
}

function assertFooter(footer: Component): void {
  const text = textOf(footer, 2388073, limits.footer)
  if (text.includes('{{')) throw templateError(2388073, 'A footer takes no variables.')
}

const buttonText = z
  .string()
  .min(1)
  .refine((text) => length(text) <= 25, { error: 'at most 25 characters' })
const buttonSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('QUICK_REPLY'), text: buttonText }),
  z.object({
    type: z.literal('URL'),
    text: buttonText,
    url: z.string().max(limits.url),
    example: z.union([z.array(z.string()).length(1), z.string()]).optional(),
  }),
  z.object({ type: z.literal('PHONE_NUMBER'), text: buttonText, phone_number: z.string().max(20) }),
  z.object({ type: z.literal('COPY_CODE'), example: z.union([z.string().max(15), z.array(z.string().max(15))]) }),
])
export type TemplateButton = z.infer<typeof buttonSchema>
const maxButtonsOf: Partial<Record<TemplateButton['type'], number>> = { URL: 2, PHONE_NUMBER: 1, COPY_CODE: 1 }

/** The buttons of a template, in Meta's order. */
export function buttonsOf(components: readonly Component[]): TemplateButton[] {
  const part = components.find((it) => it.type.toUpperCase() === 'BUTTONS')
  if (part === undefined) return []
  const parsed = z.array(buttonSchema).min(1).max(limits.templateButtons).safeParse(part['buttons'])
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]!
  throw invalid(`Param buttons.${issue.path.join('.')}: ${issue.message}`)
}

function assertButtons(buttons: readonly TemplateButton[]): void {
  for (const [type, max] of Object.entries(maxButtonsOf)) {
    if (buttons.filter((button) => button.type === type).length > max)
      throw invalid(`At most ${max} buttons of type ${type}`)
  }
  const quick = buttons.map((button) => button.type === 'QUICK_REPLY')
  const changes = quick.filter((it, index) => index > 0 && it !== quick[index - 1]).length
  if (changes > 1) throw invalid('Quick replies must stand together, before or after all other buttons')
  const texts = buttons.flatMap((button) => ('text' in button ? [button.text] : []))
  if (new Set(texts).size !== texts.length) throw invalid('Two buttons have the same text')
  if (texts.some((text) => text.includes('{{'))) throw invalid('The text of a button takes no variables')
  for (const button of buttons) {
    if (button.type !== 'URL') continue
    const variables = variablesOf(button.url)
    if (!/^https?:\/\/[^\s]+$/.test(button.url)) throw invalid('The url of a button must be an http(s) URL')
    if (variables.length > 1 || (variables.length === 1 && !button.url.endsWith('}}'))) {
      throw invalid('The url of a button takes one variable, at its end')
    }
    if (variables.length === 1 && button.example === undefined)
      throw templateError(2388043, '(example of the url of a button)')
  }
}

/** @throws {GraphError} Meta's refusal of the first mistake */
export function assertComponents(components: readonly Component[], format: Format): void {
  const onlyComponent = (type: string): Component | undefined => {
    const found = components.filter((it) => it.type === type)
    if (found.length > 1) throw invalid(`There may be only one component of type ${type}`)
    return found[0]
  }
  const unknown = components.find((it) => !['HEADER', 'BODY', 'FOOTER', 'BUTTONS'].includes(it.type))
  if (unknown) throw invalid(`Param components: type ${unknown.type} is not known`)
  const [header, body, footer] = [onlyComponent('HEADER'), onlyComponent('BODY'), onlyComponent('FOOTER')]
  onlyComponent('BUTTONS')
  if (body === undefined) throw templateError(2388043, '(component of type BODY)')
  if (header) assertHeader(header, format)
  assertBody(body, format)
  if (footer) assertFooter(footer)
  assertButtons(buttonsOf(components))
}

/** @throws {GraphError} for a name or language that Meta does not accept */
export function assertNameAndLanguage(name: string, language: string): void {
  if (!/^[a-z0-9_]+$/.test(name)) throw invalid('Param name: a-z, 0-9 and "_" only')
  if (!languages.has(language)) throw invalid(`Param language: ${language} is not a supported language`)
}
