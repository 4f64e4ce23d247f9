import * as z from 'zod'

import { limits } from '../../whatsapp/limits.ts'
import { GraphError } from '../graph-errors.ts'
import type { ChatBody } from '../state/model.ts'
import { templateSendSchema } from '../templates/filling.ts'

/** The body of `POST /{phone-number-id}/messages`, validated as Meta validates it. */

const codePoints = (value: string): number => (value.length < 21 ? value.length : [...value].length)
const upTo = (max: number) =>
  z.string().refine((value) => codePoints(value) <= max, { error: `Length must be at most ${max} characters` })
const filled = (max: number) => upTo(max).refine((value) => value.length > 0, { error: 'Length must be at least 1' })
const unique = (values: readonly string[]): boolean => new Set(values).size === values.length

const media = z
  .object({ id: z.string().optional(), link: z.url({ protocol: /^https?$/ }).optional() })
  .refine((source) => (source.id === undefined) !== (source.link === undefined), {
    error: 'Exactly one of id and link is required',
  })
const header = z.discriminatedUnion('type', [
  z.object({ type: z.literal('text'), text: filled(60) }),
  z.object({ type: z.literal('image'), image: media }),
  z.object({ type: z.literal('video'), video: media }),
  z.object({ type: z.literal('document'), document: media }),
])
const footer = z.object({ text: filled(limits.footer) }).optional()
const shortBody = z.object({ text: filled(limits.interactiveBody) })

const buttonMessage = z.object({
  type: z.literal('button'),
  header: header.optional(),
  body: shortBody,
  footer,
  action: z.object({
    buttons: z
      .array(
        z.object({
          type: z.literal('reply'),
          reply: z.object({ id: filled(limits.buttonId), title: filled(limits.buttonTitle) }),
        }),
      )
      .min(1)
      .max(limits.buttons)
      .refine((buttons) => unique(buttons.map((button) => button.reply.id)), { error: 'Duplicated button id' })
      .refine((buttons) => unique(buttons.map((button) => button.reply.title)), { error: 'Duplicated button title' }),
  }),
})
const listRow = z.object({
  id: filled(limits.rowId),
  title: filled(limits.rowTitle),
  description: upTo(limits.rowDescription).optional(),
})
const listMessage = z.object({
  type: z.literal('list'),
  header: z.object({ type: z.literal('text'), text: filled(60) }).optional(),
  body: z.object({ text: filled(4096) }),
  footer,
  action: z.object({
    button: filled(limits.listButton),
    sections: z
      .array(z.object({ title: upTo(limits.sectionTitle).optional(), rows: z.array(listRow).min(1) }))
      .min(1)
      .max(limits.listSections)
      .refine((sections) => sections.flatMap((section) => section.rows).length <= limits.listRows, {
        error: `Total row count exceed max allowed count: ${limits.listRows}`,
      })
      .refine((sections) => unique(sections.flatMap((section) => section.rows.map((row) => row.id))), {
        error: 'Duplicated row id',
      })
      .refine((sections) => sections.length === 1 || sections.every((section) => section.title), {
        error: 'Section title is required when there is more than one section',
      }),
  }),
})
const linkMessage = z.object({
  type: z.literal('cta_url'),
  header: header.optional(),
  body: shortBody,
  footer,
  action: z.object({
    name: z.literal('cta_url'),
    parameters: z.object({ display_text: filled(20), url: z.url({ protocol: /^https?$/ }) }),
  }),
})
const locationRequest = z.object({
  type: z.literal('location_request_message'),
  body: shortBody,
  action: z.object({ name: z.literal('send_location') }),
})

const coordinate = (limit: number) =>
  z
    .union([
      z.number(),
      z
        .string()
        .regex(/^-?\d+(\.\d+)?$/)
        .transform(Number),
    ])
    .pipe(z.number().min(-limit).max(limit))
const captioned = media.and(z.object({ caption: upTo(limits.caption).optional() }))

const contentSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('text'), text: z.object({ body: filled(limits.textBody) }) }),
  z.object({ type: z.literal('image'), image: captioned }),
  z.object({ type: z.literal('document'), document: captioned }),
  z.object({ type: z.literal('video'), video: captioned }),
  z.object({ type: z.literal('audio'), audio: media }),
  z.object({ type: z.literal('sticker'), sticker: media }),
  z.object({
    type: z.literal('location'),
    location: z.object({
      latitude: coordinate(90),
      longitude: coordinate(180),
      name: z.string().optional(),
      address: z.string().optional(),
    }),
  }),
  z.object({ type: z.literal('contacts'), contacts: z.array(z.unknown()).min(1).max(257) }),
  z.object({ type: z.literal('reaction'), reaction: z.object({ message_id: z.string(), emoji: upTo(20) }) }),
  z.object({
    type: z.literal('interactive'),
    interactive: z.discriminatedUnion('type', [buttonMessage, listMessage, linkMessage, locationRequest]),
  }),
  z.object({ type: z.literal('template'), template: templateSendSchema }),
])

const sendSchema = z.object({
  messaging_product: z.literal('whatsapp'),
  recipient_type: z.literal('individual').optional(),
  to: z.string().min(1).max(64).optional(),
  recipient: z
    .string()
    .regex(/^[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]{1,128}$/)
    .optional(),
  context: z.object({ message_id: z.string() }).optional(),
  biz_opaque_callback_data: upTo(limits.opaqueId).optional(),
  type: z.string().default('text'),
})
const readSchema = z.object({
  messaging_product: z.literal('whatsapp'),
  status: z.literal('read'),
  message_id: z.string(),
  typing_indicator: z.object({ type: z.literal('text') }).optional(),
})

type Content = z.infer<typeof contentSchema>
export type SendCommand = z.infer<typeof sendSchema> & { content: Content }

function check<S extends z.ZodType>(schema: S, value: unknown): z.infer<S> {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]!
  const details = `Param ${issue.path.join('.') || 'body'}: ${issue.message}`
  // Meta distinguishes a missing parameter (131008), a wrong type (100) and an invalid value (131009).
  const missing = issue.code === 'invalid_type' && issue.message.includes('undefined')
  if (missing) throw new GraphError(131008, { details })
  throw new GraphError(issue.code === 'invalid_type' || issue.code === 'invalid_union' ? 100 : 131009, { details })
}

/** @throws {GraphError} with the code that Meta returns for this mistake */
export function parseCommand(body: unknown): { read: z.infer<typeof readSchema> } | { send: SendCommand } {
  if (typeof body === 'object' && body !== null && 'status' in body) return { read: check(readSchema, body) }
  const send = check(sendSchema, body)
  if (send.to === undefined && send.recipient === undefined) {
    throw new GraphError(131008, { details: 'One of to and recipient is required' })
  }
  return { send: { ...send, content: check(contentSchema, { type: send.type, ...(body as object) }) } }
}

const source = (it: { id?: string | undefined; link?: string | undefined }) => ({
  ...(it.id === undefined ? {} : { mediaId: it.id }),
  ...(it.link === undefined ? {} : { link: it.link }),
})

function interactiveBody(message: Extract<Content, { type: 'interactive' }>['interactive']): ChatBody {
  const text = message.body.text
  if (message.type === 'location_request_message') return { kind: 'text', text }
  const foot = message.footer ? { footer: message.footer.text } : {}
  const head = message.header?.type === 'text' ? { header: message.header.text } : {}
  if (message.type === 'list') {
    const sections = message.action.sections.map((section) => ({ ...section, title: section.title ?? '' }))
    return { kind: 'list', ...head, text, ...foot, button: message.action.button, sections }
  }
  if (message.type === 'cta_url') {
    const { display_text: label, url } = message.action.parameters
    return { kind: 'link', ...head, text, ...foot, label, url }
  }
  const image = message.header?.type === 'image' ? { image: source(message.header.image) } : {}
  return { kind: 'buttons', ...image, ...head, text, ...foot, buttons: message.action.buttons.map((b) => b.reply) }
}

/** The body that the phone page shows; a template is shown after `fillTemplate`. */
export function toChatBody(content: Content): ChatBody {
  switch (content.type) {
    case 'text':
      return { kind: 'text', text: content.text.body }
    case 'image':
      return {
        kind: 'image',
        image: source(content.image),
        ...(content.image.caption ? { caption: content.image.caption } : {}),
      }
    case 'location':
      return { kind: 'location', ...content.location }
    case 'interactive':
      return interactiveBody(content.interactive)
    default:
      return { kind: 'other', type: content.type }
  }
}
