import * as z from 'zod'

import type { InboundContent } from './content.ts'

/**
 * Parses the message object of a webhook into our content. Meta adds fields and types at any time, so each type is parsed
 * on its own: an unreadable message becomes `other` with the name of its type and does not affect the others.
 */

const text = z.string()
const optional = z.string().nullish()
// Meta sends ids and numbers both as strings and as JSON numbers. (Coercion would turn a missing value into one.)
const id = z.union([z.string().min(1), z.number().transform(String)])
const numeric = z.union([
  z.number(),
  z
    .string()
    .regex(/^-?\d{1,15}(\.\d{1,15})?$/)
    .transform(Number),
])
const file = { id, mime_type: text, sha256: optional, url: optional }
const fileOf = (media: { id: string; mime_type: string; sha256?: string | null; url?: string | null }) => ({
  mediaId: media.id,
  mimeType: media.mime_type,
  ...given('sha256', media.sha256),
  ...given('url', media.url),
})

/** Returns `{ [key]: value }`, or `{}` when the value is absent or empty. */
function given<K extends string, V>(key: K, value: V | null | undefined): { [P in K]?: V } {
  const present = value !== null && value !== undefined && value !== ''
  return (present ? { [key]: value } : {}) as { [P in K]?: V }
}

function reader<S extends z.ZodType>(schema: S, read: (message: z.infer<S>) => InboundContent) {
  return (message: unknown): InboundContent | undefined => {
    const parsed = schema.safeParse(message)
    return parsed.success ? read(parsed.data) : undefined
  }
}

const captioned = z.object({ ...file, caption: optional })
const coordinate = (limit: number) => numeric.pipe(z.number().min(-limit).max(limit))
const reply = z.object({ id: text, title: text, description: optional })
const cartItem = z.object({
  product_retailer_id: id,
  quantity: numeric.pipe(z.number().int().positive().max(1_000_000)).nullish(),
  item_price: numeric.nullish().catch(null),
  currency: optional.catch(null),
})

const readers: Record<string, (message: unknown) => InboundContent | undefined> = {
  text: reader(z.object({ text: z.object({ body: text }) }), (m) => ({ kind: 'text', body: m.text.body })),
  image: reader(z.object({ image: captioned }), ({ image }) => ({
    kind: 'image',
    ...fileOf(image),
    ...given('caption', image.caption),
  })),
  document: reader(z.object({ document: captioned.extend({ filename: optional }) }), ({ document }) => ({
    kind: 'document',
    ...fileOf(document),
    ...given('caption', document.caption),
    ...given('filename', document.filename),
  })),
  audio: reader(z.object({ audio: z.object({ ...file, voice: z.boolean().nullish() }) }), ({ audio }) => ({
    kind: 'audio',
    ...fileOf(audio),
    ...given('voice', audio.voice),
  })),
  video: reader(z.object({ video: captioned }), ({ video }) => ({
    kind: 'video',
    ...fileOf(video),
    ...given('caption', video.caption),
  })),
  sticker: reader(z.object({ sticker: z.object({ ...file, animated: z.boolean().nullish() }) }), ({ sticker }) => ({
    kind: 'sticker',
    ...fileOf(sticker),
    ...given('animated', sticker.animated),
  })),
  location: reader(
    z.object({
      location: z.object({ latitude: coordinate(90), longitude: coordinate(180), name: optional, address: optional }),
    }),
    ({ location }) => ({
      kind: 'location',
      latitude: location.latitude,
      longitude: location.longitude,
      ...given('name', location.name),
      ...given('address', location.address),
    }),
  ),
  contacts: reader(
    z.object({
      contacts: z.array(
        z.object({
          name: z.object({ formatted_name: optional, first_name: optional }).nullish(),
          phones: z.array(z.object({ phone: optional, wa_id: optional })).nullish(),
          origin: optional,
        }),
      ),
    }),
    ({ contacts }) => ({
      kind: 'contacts',
      contacts: contacts.map((contact) => ({
        name: contact.name?.formatted_name ?? contact.name?.first_name ?? '',
        phones: (contact.phones ?? []).map((p) => ({ ...given('phone', p.phone), ...given('waId', p.wa_id) })),
        requested: contact.origin === 'contact_request',
      })),
    }),
  ),
  interactive: reader(
    z.object({ interactive: z.object({ type: text, button_reply: reply.nullish(), list_reply: reply.nullish() }) }),
    ({ interactive }) => {
      const chosen = interactive.type === 'list_reply' ? interactive.list_reply : interactive.button_reply
      if (!chosen) return { kind: 'other', type: `interactive.${interactive.type}` }
      const description = given('description', chosen.description)
      return { kind: 'choice', choiceId: chosen.id, title: chosen.title, ...description }
    },
  ),
  button: reader(z.object({ button: z.object({ payload: optional, text }) }), ({ button }) => ({
    kind: 'choice',
    choiceId: button.payload ?? button.text,
    title: button.text,
  })),
  order: reader(
    // One unreadable item must not lose the others. The price is Meta's and is not used, so it may be missing.
    z.object({
      order: z.object({ catalog_id: id, text: optional, product_items: z.array(cartItem.nullable().catch(null)) }),
    }),
    ({ order }) => ({
      kind: 'cart',
      catalogId: order.catalog_id,
      ...given('text', order.text),
      items: order.product_items.flatMap((item) =>
        item === null
          ? []
          : {
              sku: item.product_retailer_id,
              quantity: item.quantity ?? 1,
              ...given('itemPrice', item.item_price),
              ...given('currency', item.currency),
            },
      ),
    }),
  ),
  reaction: reader(z.object({ reaction: z.object({ message_id: text, emoji: optional }) }), ({ reaction }) => ({
    kind: 'reaction',
    messageWamid: reaction.message_id,
    emoji: reaction.emoji ? reaction.emoji : null,
  })),
  unsupported: reader(
    z.object({ errors: z.array(z.object({ code: z.number().int(), title: optional })).catch([]) }),
    ({ errors }) => ({
      kind: 'unsupported',
      type: 'unsupported',
      ...given('code', errors[0]?.code),
      ...given('title', errors[0]?.title),
    }),
  ),
  system: reader(
    z.object({ system: z.object({ type: optional, body: optional, wa_id: optional, user_id: optional }) }),
    ({ system }) => ({
      kind: 'system',
      type: system.type ?? 'unknown',
      ...given('body', system.body),
      ...given('phone', system.wa_id ? toE164(system.wa_id) : undefined),
      ...given('bsuid', system.user_id),
    }),
  ),
}

/** Converts WhatsApp's digits-only number to E.164 with "+". */
export function toE164(waId: string): string {
  return waId.startsWith('+') ? waId : `+${waId}`
}

/** Parses the content of a message of this type; never throws. */
export function readInboundContent(type: string, message: unknown): InboundContent {
  const read = Object.hasOwn(readers, type) ? readers[type] : undefined
  return read?.(message) ?? { kind: 'other', type }
}
