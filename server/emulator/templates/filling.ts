import * as z from 'zod'

import { limits } from '../../whatsapp/limits.ts'
import { GraphError } from '../graph-errors.ts'
import type { ChatBody } from '../state/model.ts'
import type { Template } from './model.ts'
import type { TemplateButton } from './rules.ts'
import { buttonsOf, variablesOf } from './rules.ts'

/** A send of a template: its name and language, and the values of its variables (Meta, "Send message templates"). */

const source = z.object({ id: z.string().optional(), link: z.string().optional() })
const parameter = z.object({
  type: z.string().transform((type) => type.toLowerCase()),
  text: z.string().optional(),
  parameter_name: z.string().optional(),
  payload: z.string().max(limits.buttonId).optional(),
  coupon_code: z.string().optional(),
  image: source.optional(),
  video: source.optional(),
  document: source.optional(),
})
type Parameter = z.infer<typeof parameter>
export const templateSendSchema = z.object({
  name: z.string().min(1).max(limits.templateName),
  language: z.object({ code: z.string().min(1) }),
  components: z
    .array(
      z.object({
        type: z.string().transform((type) => type.toLowerCase()),
        sub_type: z
          .string()
          .transform((type) => type.toLowerCase())
          .optional(),
        index: z.union([z.string(), z.number().transform(String)]).optional(),
        parameters: z.array(parameter).default([]),
      }),
    )
    .default([]),
})
export type TemplateSend = z.infer<typeof templateSendSchema>

const length = (text: string): number => [...text].length

/** The values of the variables of a text, by name. */
function valuesFor(
  part: 'header' | 'body',
  text: string,
  template: Template,
  given: readonly Parameter[],
): ReadonlyMap<string, string> {
  const variables = variablesOf(text)
  if (given.length !== variables.length) {
    const details = `${part}: number of localizable_params (${given.length}) does not match the expected number of params (${variables.length})`
    throw new GraphError(132000, { details })
  }
  return new Map(
    given.map((it, index) => {
      if (it.type !== 'text' || it.text === undefined) {
        throw new GraphError(132012, {
          details: `${part}: Format mismatch, expected TEXT, received ${it.type.toUpperCase()}`,
        })
      }
      if (it.text === '') throw new GraphError(131008, { details: `${part}: Param text cannot be empty` })
      if (/[\n\t]| {5,}/.test(it.text)) {
        const details = `${part}: Param text cannot have new-line/tab characters or more than 4 consecutive spaces`
        throw new GraphError(132018, { details })
      }
      const name = template.parameterFormat === 'NAMED' ? it.parameter_name : String(index + 1)
      if (name === undefined) throw new GraphError(132012, { details: `${part}: Parameter name is missing or empty` })
      if (!variables.includes(name)) {
        throw new GraphError(132012, { details: `${part}: Parameter name ${name} is not in the template` })
      }
      return [name, it.text] as const
    }),
  )
}

function fillText(part: 'header' | 'body', text: string, template: Template, given: readonly Parameter[]): string {
  const values = valuesFor(part, text, template, given)
  const filled = text.replace(/\{\{([^{}]*)\}\}/g, (_whole, name: string) => {
    const value = values.get(name.trim())
    if (value === undefined) throw new GraphError(132012, { details: `${part}: Parameter ${name.trim()} is missing` })
    return value
  })
  const max = part === 'header' ? limits.header : 1024
  if (length(filled) > max) {
    throw new GraphError(132005, { details: `${part}: ${length(filled)} of at most ${max} characters` })
  }
  return filled
}

type TemplateBody = Extract<ChatBody, { kind: 'template' }>

function fillButton(
  template: TemplateButton,
  given: Parameter | undefined,
  index: number,
): TemplateBody['buttons'][number] {
  switch (template.type) {
    case 'QUICK_REPLY':
      return { type: 'reply', id: given?.payload ?? template.text, title: template.text }
    case 'PHONE_NUMBER':
      return { type: 'phone', title: template.text, phone: template.phone_number }
    case 'COPY_CODE':
      return { type: 'copy', title: 'Copy code', code: given?.coupon_code ?? '' }
    case 'URL': {
      const variable = variablesOf(template.url)[0]
      if (variable === undefined) return { type: 'url', title: template.text, url: template.url }
      const text = given?.text
      if (!text) {
        const details = `buttons: Button at index ${index} of type Url requires a parameter`
        throw new GraphError(131008, { details })
      }
      const url = template.url.replace(/\{\{[^{}]*\}\}$/, () => text)
      if (url.length > limits.url || !URL.canParse(url)) {
        throw new GraphError(132012, { details: `buttons: Button at index ${index} does not lead to a valid URL` })
      }
      return { type: 'url', title: template.text, url }
    }
  }
}

function fillHeader(template: Template, given: readonly Parameter[]): Pick<TemplateBody, 'header' | 'image'> {
  const component = template.components.find((it) => it.type === 'HEADER')
  const format = component === undefined ? undefined : String(component['format']).toUpperCase()
  if (format === 'TEXT') return { header: fillText('header', String(component?.['text']), template, given) }
  if (format === undefined || format === 'LOCATION') return {}
  const kind = format.toLowerCase() as 'image' | 'video' | 'document'
  const media = given[0]?.[kind]
  if (given.length !== 1 || media === undefined || (media.id === undefined) === (media.link === undefined)) {
    const received = given[0]?.type.toUpperCase() ?? 'UNKNOWN'
    throw new GraphError(132012, { details: `header: Format mismatch, expected ${format}, received ${received}` })
  }
  if (kind !== 'image') return {}
  return {
    image: {
      ...(media.id === undefined ? {} : { mediaId: media.id }),
      ...(media.link === undefined ? {} : { link: media.link }),
    },
  }
}

/**
 * Fills in a template: the body that the customer sees.
 * @throws {GraphError} 132000, 132005, 132012, 132018 or 131008 when the parameters do not fit
 */
export function fillTemplate(template: Template, send: TemplateSend): TemplateBody {
  const parametersOf = (type: string) => send.components.find((it) => it.type === type)?.parameters ?? []
  const buttons = buttonsOf(template.components)
  for (const { type, index = '0', sub_type: kind } of send.components) {
    const target = type === 'button' ? buttons[Number(index)] : undefined
    if (type === 'button' && target?.type.toLowerCase() !== kind) {
      throw new GraphError(132012, { details: `buttons: no button of type ${kind ?? 'unknown'} at index ${index}` })
    }
  }
  const body = template.components.find((it) => it.type === 'BODY')
  const footer = template.components.find((it) => it.type === 'FOOTER')
  return {
    kind: 'template',
    name: template.name,
    ...fillHeader(template, parametersOf('header')),
    text: fillText('body', String(body?.['text'] ?? ''), template, parametersOf('body')),
    ...(footer === undefined ? {} : { footer: String(footer['text']) }),
    buttons: buttons.map((it, index) => {
      const given = send.components.find((part) => part.type === 'button' && Number(part.index ?? 0) === index)
      return fillButton(it, given?.parameters[0], index)
    }),
  }
}
