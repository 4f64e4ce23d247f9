import * as z from 'zod'

import { limits } from './limits.ts'

/**
 * The content of messages, discriminated by `kind`. Inbound content comes from customers, outbound content from shops.
 * Both are plain JSON and are stored as they are.
 */

const optionalText = z.string().optional()
const mediaFile = { mediaId: z.string(), mimeType: z.string(), sha256: optionalText, url: optionalText }

const inboundText = z.object({ kind: z.literal('text'), body: z.string() })
const inboundImage = z.object({ kind: z.literal('image'), ...mediaFile, caption: optionalText })
const documentContent = z.object({
  kind: z.literal('document'),
  ...mediaFile,
  caption: optionalText,
  filename: optionalText,
})
const audioContent = z.object({ kind: z.literal('audio'), ...mediaFile, voice: z.boolean().optional() })
const videoContent = z.object({ kind: z.literal('video'), ...mediaFile, caption: optionalText })
const stickerContent = z.object({ kind: z.literal('sticker'), ...mediaFile, animated: z.boolean().optional() })
const locationContent = z.object({
  kind: z.literal('location'),
  latitude: z.number().min(-90).max(90),
  longitude: z.number().min(-180).max(180),
  name: optionalText,
  address: optionalText,
})
const contactCard = z.object({
  name: z.string(),
  phones: z.array(z.object({ phone: optionalText, waId: optionalText })),
  /** True when the customer answered a request for their own number. */
  requested: z.boolean(),
})
const contactsContent = z.object({ kind: z.literal('contacts'), contacts: z.array(contactCard) })
/** A tapped reply button, a chosen list row, or a template's quick reply. */
const choiceContent = z.object({
  kind: z.literal('choice'),
  choiceId: z.string(),
  title: z.string(),
  description: optionalText,
})
/** A WhatsApp-native cart. `itemPrice` (major units) comes from Meta's catalog and must never be trusted. */
const cartContent = z.object({
  kind: z.literal('cart'),
  catalogId: z.string(),
  text: optionalText,
  items: z.array(
    z.object({
      sku: z.string(),
      quantity: z.number().int().positive(),
      itemPrice: z.number().optional(),
      currency: optionalText,
    }),
  ),
})
/** `emoji: null` removes the reaction. */
const reactionContent = z.object({
  kind: z.literal('reaction'),
  messageWamid: z.string(),
  emoji: z.string().nullable(),
})
/** A message whose content WhatsApp could not deliver. */
const unsupportedContent = z.object({
  kind: z.literal('unsupported'),
  type: z.string(),
  code: z.number().int().optional(),
  title: optionalText,
})
/** A system message of WhatsApp, such as a changed number (`user_changed_number`) or user id (`user_changed_user_id`). */
const systemContent = z.object({
  kind: z.literal('system'),
  type: z.string(),
  body: optionalText,
  /** The new number, E.164 with "+". */
  phone: optionalText,
  /** The new business-scoped user id. */
  bsuid: optionalText,
})
/** A type that this version does not know, or a known one whose payload is unreadable. */
const otherContent = z.object({ kind: z.literal('other'), type: z.string() })

export const inboundContentSchema = z.discriminatedUnion('kind', [
  inboundText,
  inboundImage,
  documentContent,
  audioContent,
  videoContent,
  stickerContent,
  locationContent,
  contactsContent,
  choiceContent,
  cartContent,
  reactionContent,
  unsupportedContent,
  systemContent,
  otherContent,
])

function isAtMost(value: string, max: number): boolean {
  if (value.length <= max) return true
  if (value.length > max * 2) return false
  let count = 0
  for (const _ of value) count += 1
  return count <= max
}

const limited = (max: number) =>
  z.string().refine((value) => isAtMost(value, max), { error: `must be at most ${max} characters` })
const filled = (max: number) => limited(max).refine((value) => value.trim().length > 0, { error: 'must not be empty' })
const imageUrl = z
  .url({ protocol: /^https?$/, error: 'must be an absolute http(s) address' })
  .max(2000, { error: 'must be at most 2000 characters' })

/** Reports every item with a duplicate key, at the path of the item. */
function reportRepeats(
  ctx: z.RefinementCtx,
  keys: readonly { value: string; path: (string | number)[] }[],
  what: string,
): void {
  const seen = new Set<string>()
  for (const key of keys) {
    if (seen.has(key.value)) ctx.addIssue({ code: 'custom', path: key.path, message: `must be unique among ${what}` })
    seen.add(key.value)
  }
}

const outboundText = z.object({
  kind: z.literal('text'),
  body: filled(limits.textBody),
  previewUrl: z.boolean().optional(),
})

const outboundImage = z
  .object({
    kind: z.literal('image'),
    url: imageUrl.optional(),
    mediaId: z
      .string()
      .regex(/^\d{1,32}$/, { error: 'must be a media id (digits)' })
      .optional(),
    caption: limited(limits.caption).optional(),
  })
  .refine((image) => (image.url === undefined) !== (image.mediaId === undefined), {
    error: 'give exactly one of url and mediaId',
    path: ['url'],
  })

const outboundButtons = z
  .object({
    kind: z.literal('buttons'),
    /** A heading above the text; cannot be combined with an image. */
    header: limited(limits.header).optional(),
    body: filled(limits.interactiveBody),
    imageUrl: imageUrl.optional(),
    footer: limited(limits.footer).optional(),
    buttons: z
      .array(z.object({ id: filled(limits.buttonId), title: filled(limits.buttonTitle) }))
      .min(1, { error: 'needs at least 1 button' })
      .max(limits.buttons, { error: `must have at most ${limits.buttons} buttons` }),
  })
  .superRefine(({ buttons, header, imageUrl: image }, ctx) => {
    if (header && image)
      ctx.addIssue({ code: 'custom', path: ['header'], message: 'cannot stand beside an image; keep one of the two' })
    for (const field of ['id', 'title'] as const) {
      const keys = buttons.map((button, index) => ({ value: button[field], path: ['buttons', index, field] }))
      reportRepeats(ctx, keys, 'the buttons')
    }
  })

const listRow = z.object({
  id: filled(limits.rowId),
  title: filled(limits.rowTitle),
  description: limited(limits.rowDescription).optional(),
})

const outboundList = z
  .object({
    kind: z.literal('list'),
    header: limited(limits.header).optional(),
    /** Meta's documentation allows 4096, its OpenAPI description 1024; the smaller limit always works. */
    body: filled(limits.interactiveBody),
    footer: limited(limits.footer).optional(),
    button: filled(limits.listButton),
    sections: z
      .array(
        z.object({
          title: limited(limits.sectionTitle),
          rows: z.array(listRow).min(1, { error: 'needs at least 1 row' }),
        }),
      )
      .min(1, { error: 'needs at least 1 section' })
      .max(limits.listSections, { error: `must have at most ${limits.listSections} sections` }),
  })
  .superRefine(({ sections }, ctx) => {
    const rows = sections.flatMap((section, s) =>
      section.rows.map((row, r) => ({ value: row.id, path: ['sections', s, 'rows', r, 'id'] })),
    )
    if (rows.length > limits.listRows) {
      const message = `must have at most ${limits.listRows} rows in all sections`
      ctx.addIssue({ code: 'custom', path: ['sections'], message })
    }
    reportRepeats(ctx, rows, 'the rows')
    if (sections.length < 2) return
    sections.forEach((section, index) => {
      if (section.title.trim() !== '') return
      const message = 'must not be empty when there is more than one section'
      ctx.addIssue({ code: 'custom', path: ['sections', index, 'title'], message })
    })
  })

/** A text with one button that opens a URL. A tap produces no message. */
const outboundLink = z.object({
  kind: z.literal('link'),
  header: limited(limits.header).optional(),
  body: filled(limits.interactiveBody),
  footer: limited(limits.footer).optional(),
  label: filled(limits.linkLabel),
  url: z.url({ protocol: /^https?$/, error: 'must be an absolute http(s) address' }).max(limits.url, {
    error: `must be at most ${limits.url} characters`,
  }),
})

/** An approved template, which may be sent at any time. Parameters are named. */
const outboundTemplate = z.object({
  kind: z.literal('template'),
  name: z
    .string()
    .max(limits.templateName)
    .regex(/^[a-z0-9_]+$/, { error: 'must contain only a-z, 0-9 and "_"' }),
  /** BCP 47; converted to WhatsApp's form (`en_US`) when sent. */
  language: z.string().regex(/^[a-z]{2,3}([-_][A-Za-z]{2,4})?$/, { error: 'must be a language such as en or pt-BR' }),
  /** The text with its variables filled in, for staff who read the chat. */
  body: filled(limits.textBody),
  headerImageUrl: imageUrl.optional(),
  headerParameters: z.array(templateParameter()).max(1).optional(),
  bodyParameters: z.array(templateParameter()).max(limits.templateParameters).optional(),
  buttonParameters: z
    .array(
      z.object({
        index: z
          .number()
          .int()
          .min(0)
          .max(limits.templateButtons - 1),
        kind: z.enum(['url', 'quick_reply']),
        text: filled(limits.buttonId),
      }),
    )
    .max(limits.templateButtons)
    .optional(),
})

function templateParameter() {
  return z.object({ name: z.string().regex(/^[a-z0-9_]{1,64}$/), text: filled(limits.interactiveBody) })
}

/**
 * Content that shops send; all kinds but `template` need an open service window. Enforces WhatsApp's limits with a path
 * and a message for each issue.
 */
export const outboundContentSchema = z.discriminatedUnion('kind', [
  outboundText,
  outboundImage,
  outboundButtons,
  outboundList,
  outboundLink,
  outboundTemplate,
])

export type InboundContent = z.infer<typeof inboundContentSchema>
export type OutboundContent = z.infer<typeof outboundContentSchema>
export type MessageContent = InboundContent | OutboundContent

const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim()
const withNote = (label: string, note: string | undefined): string => (note ? `${label}: ${note}` : label)

function readable(content: MessageContent): string {
  switch (content.kind) {
    case 'text':
    case 'buttons':
    case 'list':
    case 'link':
    case 'template':
      return content.body
    case 'image':
      return withNote('Photo', content.caption)
    case 'video':
      return withNote('Video', content.caption)
    case 'document':
      return withNote('Document', content.caption ?? content.filename)
    case 'audio':
      return content.voice ? 'Voice message' : 'Audio'
    case 'sticker':
      return 'Sticker'
    case 'location':
      return withNote('Location', content.name ?? content.address ?? `${content.latitude}, ${content.longitude}`)
    case 'contacts':
      return withNote('Contact', content.contacts.map((contact) => contact.name).join(', '))
    case 'choice':
      return content.title
    case 'cart': {
      const count = content.items.reduce((sum, item) => sum + item.quantity, 0)
      return withNote(`Cart with ${count} ${count === 1 ? 'item' : 'items'}`, content.text)
    }
    case 'reaction':
      return content.emoji === null ? 'Reaction removed' : `Reacted ${content.emoji}`
    case 'system':
      return content.body ?? 'Notice from WhatsApp'
    case 'unsupported':
      return 'Unsupported message'
    case 'other':
      return `Message of type ${content.type}`
  }
}

/** The content as one readable line, for lists and search. Not translated: labels are for staff. */
export function contentText(content: MessageContent): string {
  return oneLine(readable(content))
}
