import * as z from 'zod'

import { deletedNameSchema, templateSchema } from '../templates/model.ts'

/** The emulator's state: customers, and the messages of each chat (one shop number × one customer). */

const imageSource = z.object({ mediaId: z.string().optional(), link: z.string().optional() })
const buttonSchema = z.object({ id: z.string(), title: z.string() })
const sectionSchema = z.object({
  title: z.string(),
  rows: z.array(z.object({ id: z.string(), title: z.string(), description: z.string().optional() })),
})

const templateButtonSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('reply'), id: z.string(), title: z.string() }),
  z.object({ type: z.literal('url'), title: z.string(), url: z.string() }),
  z.object({ type: z.literal('phone'), title: z.string(), phone: z.string() }),
  z.object({ type: z.literal('copy'), title: z.string(), code: z.string() }),
])

const bodySchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('text'), text: z.string() }),
  z.object({ kind: z.literal('image'), image: imageSource, caption: z.string().optional() }),
  z.object({
    kind: z.literal('buttons'),
    image: imageSource.optional(),
    header: z.string().optional(),
    text: z.string(),
    footer: z.string().optional(),
    buttons: z.array(buttonSchema),
  }),
  z.object({
    kind: z.literal('list'),
    header: z.string().optional(),
    text: z.string(),
    footer: z.string().optional(),
    button: z.string(),
    sections: z.array(sectionSchema),
  }),
  z.object({
    kind: z.literal('link'),
    header: z.string().optional(),
    text: z.string(),
    footer: z.string().optional(),
    label: z.string(),
    url: z.string(),
  }),
  z.object({
    kind: z.literal('template'),
    name: z.string(),
    image: imageSource.optional(),
    header: z.string().optional(),
    text: z.string(),
    footer: z.string().optional(),
    buttons: z.array(templateButtonSchema),
  }),
  z.object({ kind: z.literal('choice'), id: z.string(), title: z.string(), description: z.string().optional() }),
  z.object({
    kind: z.literal('location'),
    latitude: z.number(),
    longitude: z.number(),
    name: z.string().optional(),
    address: z.string().optional(),
  }),
  z.object({
    kind: z.literal('cart'),
    text: z.string().optional(),
    items: z.array(z.object({ sku: z.string(), quantity: z.number(), itemPrice: z.number(), currency: z.string() })),
  }),
  z.object({ kind: z.literal('other'), type: z.string() }),
])
export type ChatBody = z.infer<typeof bodySchema>

export const statusOrder = ['accepted', 'sent', 'delivered', 'read', 'failed'] as const
export type ChatStatus = (typeof statusOrder)[number]

export const customerSchema = z.object({
  id: z.string(),
  name: z.string(),
  /** Digits only, as WhatsApp writes it; absent for a customer known by user name only. */
  waId: z.string().optional(),
  username: z.string().optional(),
  bsuid: z.string(),
})
export type Customer = z.infer<typeof customerSchema>

export const chatMessageSchema = z.object({
  wamid: z.string(),
  phoneNumberId: z.string(),
  customerId: z.string(),
  from: z.enum(['shop', 'customer']),
  /** Milliseconds since 1970 on the emulator's clock. */
  at: z.number(),
  /** Position among all messages, in the order they were sent. */
  seq: z.number(),
  /** Increases with every change of any message, so a client can order two versions. */
  revision: z.number(),
  /** For a customer's message: `sent`, `delivered` once the shop accepts the webhook, `read` when the shop marks it. */
  status: z.enum(statusOrder),
  errorCode: z.number().optional(),
  body: bodySchema,
  contextWamid: z.string().optional(),
  reactions: z.object({ shop: z.string().optional(), customer: z.string().optional() }).optional(),
  opaqueId: z.string().optional(),
  /** Category of a template message, which decides its price. */
  category: z.enum(['utility', 'marketing', 'authentication']).optional(),
})
export type ChatMessage = z.infer<typeof chatMessageSchema>

/** A webhook, stored as plain JSON until it is delivered. */
export const pendingSchema = z.object({
  id: z.number(),
  queueKey: z.string(),
  wamids: z.array(z.string()),
  changes: z.array(
    z.object({
      wabaId: z.string(),
      field: z.string().default('messages'),
      value: z.record(z.string(), z.unknown()),
    }),
  ),
})
export type PendingDelivery = z.infer<typeof pendingSchema>
/** A webhook to enqueue; the field of a change defaults to `messages`. */
export type NewDelivery = z.input<typeof pendingSchema>

export const stateSchema = z.object({
  version: z.literal(1),
  seed: z.string(),
  counter: z.number().int().nonnegative(),
  customers: z.array(customerSchema),
  messages: z.array(chatMessageSchema),
  lastInboundAt: z.record(z.string(), z.number()),
  serviceMessages: z.record(z.string(), z.number()),
  pending: z.array(pendingSchema),
  templates: z.array(templateSchema).default([]),
  deletedTemplates: z.array(deletedNameSchema).default([]),
  /** Chats (`phoneNumberId/customerId`) whose customer stopped marketing. */
  marketingStopped: z.array(z.string()).default([]),
})
export type EmulatorState = z.infer<typeof stateSchema>
/** A message template as the phone page shows it. */
export type ShownTemplate = EmulatorState['templates'][number]

export type ShopNumber = {
  phoneNumberId: string
  wabaId: string
  /** As people write it, e.g. `+1 555 010 0100`. */
  displayPhone: string
  name: string
}

export const chatKey = (phoneNumberId: string, customerId: string): string => `${phoneNumberId}/${customerId}`

/** An event on the phone page's WebSocket. */
export type SocketEvent =
  | { type: 'message'; message: ChatMessage }
  | { type: 'typing'; phoneNumberId: string; customerId: string; typing: boolean }
  | { type: 'customers'; customers: Customer[] }
  | { type: 'templates'; templates: ShownTemplate[] }
  | { type: 'marketing'; phoneNumberId: string; customerId: string; stopped: boolean }
  | { type: 'reset' }
