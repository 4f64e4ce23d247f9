import { timingSafeEqual } from 'node:crypto'

import * as z from 'zod'
import { parseStorableJson } from '../db/storable.ts'

import type { InboundContent } from './content.ts'
import { readInboundContent, toE164 } from './webhook-content.ts'

/** The sender or recipient of a message. A customer with a user name may have no phone number. */
export type WhatsAppParty = {
  /** E.164 with "+". */
  phone?: string
  /** Business-scoped user id, e.g. `US.13491208655302741918`. */
  bsuid?: string
  parentBsuid?: string
}

export type InboundMessage = {
  phoneNumberId: string
  wamid: string
  occurredAt: Date
  from: WhatsAppParty & { name?: string; username?: string }
  /** The shop's message that the customer quoted or tapped. */
  contextWamid?: string
  content: InboundContent
}

export type StatusError = { code: number; title: string; details?: string }

export type StatusUpdate = {
  phoneNumberId: string
  wamid: string
  status: 'SENT' | 'DELIVERED' | 'READ' | 'FAILED'
  occurredAt: Date
  /** The `biz_opaque_callback_data` given when sending. */
  opaqueId?: string
  recipient: WhatsAppParty
  errors?: StatusError[]
  pricing?: { category?: string; type?: string; model?: string; billable?: boolean }
}

/** An update without a handler: an unknown field, an account error, an unreadable message. */
export type OtherUpdate = { wabaId?: string; phoneNumberId?: string; field: string; reason: string; value: unknown }

/** A changed status or category of a template. */
export type TemplateStatusUpdate = {
  wabaId: string
  metaId: string
  name: string
  /** In Meta's form: `en_US` or `en-US`. */
  language: string
  /** `APPROVED`, `REJECTED`, `PAUSED`, … Meta adds values. */
  status?: string
  category?: string
  /** Reason of a rejection, pause or disabling. */
  reason?: string
}

/** A customer stopped or resumed marketing messages of a number, in WhatsApp itself. */
export type MarketingPreference = {
  phoneNumberId: string
  from: WhatsAppParty
  stopped: boolean
  occurredAt: Date
}

export type WebhookUpdates = {
  messages: InboundMessage[]
  statuses: StatusUpdate[]
  templates: TemplateStatusUpdate[]
  preferences: MarketingPreference[]
  other: OtherUpdate[]
}

/** The body is not JSON, or not a webhook envelope. */
export class UnparsableWebhookError extends Error {
  override readonly name = 'UnparsableWebhookError'
}

// Longer than Meta's ids, and short enough for an index.
const MAX_ID = 512
const optional = z.string().min(1).max(MAX_ID).nullish().catch(undefined)
const id = z.union([z.string().min(1).max(MAX_ID), z.number().transform(String)])
// Unix seconds, as a string; up to the end of the year 9999, the latest date that the database stores here.
const timestamp = z
  .union([
    z.number(),
    z
      .string()
      .regex(/^\d{1,12}$/)
      .transform(Number),
  ])
  .pipe(z.number().int().positive().max(253_402_300_799))
  .transform((seconds) => new Date(seconds * 1000))

const envelopeSchema = z.object({ object: z.string().optional(), entry: z.array(z.unknown()) })
const entrySchema = z.object({ id: id.optional().catch(undefined), changes: z.array(z.unknown()) })
const changeSchema = z.object({ field: z.string(), value: z.unknown() })
const list = z.array(z.unknown()).nullish().catch(undefined)
const valueSchema = z.object({
  metadata: z.object({ phone_number_id: id }),
  contacts: list,
  messages: list,
  statuses: list,
  errors: list,
})
const contactSchema = z.object({
  profile: z.object({ name: optional, username: optional }).nullish().catch(undefined),
  wa_id: optional,
  user_id: optional,
  parent_user_id: optional,
})
const messageSchema = z.object({
  id: z.string().min(1).max(MAX_ID),
  timestamp,
  type: z.string().min(1),
  from: optional,
  from_user_id: optional,
  from_parent_user_id: optional,
  group_id: optional,
  context: z.object({ id: optional }).nullish().catch(undefined),
})
const statusSchema = z.object({
  id: z.string().min(1).max(MAX_ID),
  timestamp,
  status: z.enum(['sent', 'delivered', 'read', 'played', 'failed']),
  recipient_id: optional,
  recipient_user_id: optional,
  recipient_parent_user_id: optional,
  biz_opaque_callback_data: optional,
  errors: list,
  pricing: z
    .object({
      category: optional,
      type: optional,
      pricing_model: optional,
      billable: z.boolean().nullish().catch(undefined),
    })
    .nullish()
    .catch(undefined),
})
const errorSchema = z.object({
  // The column is 32 bits wide.
  code: z.int32(),
  title: optional,
  message: optional,
  error_data: z.object({ details: optional }).nullish().catch(undefined),
})

const statusNames = { sent: 'SENT', delivered: 'DELIVERED', read: 'READ', played: 'READ', failed: 'FAILED' } as const

function parseJson(raw: Buffer): unknown {
  try {
    return parseStorableJson(raw.toString('utf8'))
  } catch {
    throw new UnparsableWebhookError('The webhook body is not JSON')
  }
}

/** Omits absent parts, so that none is `undefined`. */
function party(phone?: string | null, bsuid?: string | null, parentBsuid?: string | null): WhatsAppParty {
  return {
    ...(phone ? { phone: toE164(phone) } : {}),
    ...(bsuid ? { bsuid } : {}),
    ...(parentBsuid ? { parentBsuid } : {}),
  }
}

type Contact = z.infer<typeof contactSchema>

function contactOf(message: z.infer<typeof messageSchema>, contacts: readonly Contact[]): Contact | undefined {
  return contacts.find(
    (contact) =>
      (message.from_user_id && contact.user_id === message.from_user_id) ||
      (message.from && contact.wa_id === message.from),
  )
}

function readMessage(phoneNumberId: string, raw: unknown, contacts: readonly Contact[]): InboundMessage | string {
  const parsed = messageSchema.safeParse(raw)
  if (!parsed.success) return 'unreadable message'
  const message = parsed.data
  if (message.group_id) return 'group message'
  const contact = contactOf(message, contacts)
  const from = party(
    message.from ?? contact?.wa_id,
    message.from_user_id ?? contact?.user_id,
    message.from_parent_user_id ?? contact?.parent_user_id,
  )
  if (!from.phone && !from.bsuid && !from.parentBsuid) return 'message without a sender'
  const { name, username } = contact?.profile ?? {}
  return {
    phoneNumberId,
    wamid: message.id,
    occurredAt: message.timestamp,
    from: { ...from, ...(name ? { name } : {}), ...(username ? { username } : {}) },
    ...(message.context?.id ? { contextWamid: message.context.id } : {}),
    content: readInboundContent(message.type, raw),
  }
}

function readErrors(errors: readonly unknown[]): StatusError[] {
  return errors.flatMap((raw) => {
    const parsed = errorSchema.safeParse(raw)
    if (!parsed.success) return []
    const { code, title, message, error_data: data } = parsed.data
    return [{ code, title: title ?? message ?? `Error ${code}`, ...(data?.details ? { details: data.details } : {}) }]
  })
}

function readPricing(pricing: z.infer<typeof statusSchema>['pricing']): StatusUpdate['pricing'] {
  if (!pricing) return undefined
  return {
    ...(pricing.category ? { category: pricing.category } : {}),
    ...(pricing.type ? { type: pricing.type } : {}),
    ...(pricing.pricing_model ? { model: pricing.pricing_model } : {}),
    ...(typeof pricing.billable === 'boolean' ? { billable: pricing.billable } : {}),
  }
}

function readStatus(phoneNumberId: string, raw: unknown): StatusUpdate | string {
  const parsed = statusSchema.safeParse(raw)
  if (!parsed.success) return 'unreadable status'
  const status = parsed.data
  const errors = readErrors(status.errors ?? [])
  const pricing = readPricing(status.pricing)
  return {
    phoneNumberId,
    wamid: status.id,
    status: statusNames[status.status],
    occurredAt: status.timestamp,
    ...(status.biz_opaque_callback_data ? { opaqueId: status.biz_opaque_callback_data } : {}),
    recipient: party(status.recipient_id, status.recipient_user_id, status.recipient_parent_user_id),
    ...(errors.length > 0 ? { errors } : {}),
    ...(pricing ? { pricing } : {}),
  }
}

const templateSchema = z.object({
  message_template_id: id,
  message_template_name: z.string().min(1).max(MAX_ID),
  message_template_language: z.string().min(1).max(40),
  event: optional,
  reason: z.string().max(2_000).nullish().catch(undefined),
  message_template_category: optional,
  new_category: optional,
  rejection_info: z.object({ reason: optional, recommendation: optional }).nullish().catch(undefined),
  other_info: z.object({ title: optional, description: optional }).nullish().catch(undefined),
})

/** Meta, webhook fields `message_template_status_update` and `template_category_update`. */
function readTemplateStatusUpdate(wabaId: string | undefined, raw: unknown): TemplateStatusUpdate | null {
  const parsed = templateSchema.safeParse(raw)
  if (!parsed.success || !wabaId) return null
  const { event, reason, rejection_info: rejection, other_info: other, ...value } = parsed.data
  const category = value.new_category ?? value.message_template_category
  const code = reason && reason !== 'NONE' ? reason : null
  const words = [rejection?.reason ?? other?.description, rejection?.recommendation].filter(Boolean).join(' ')
  const why = [code, words].filter(Boolean).join(': ')
  return {
    wabaId,
    metaId: value.message_template_id,
    name: value.message_template_name,
    language: value.message_template_language,
    ...(event ? { status: event } : {}),
    ...(category ? { category } : {}),
    ...(why ? { reason: why } : {}),
  }
}

const preferencesSchema = z.object({
  metadata: z.object({ phone_number_id: id }),
  user_preferences: z.array(z.unknown()),
})
const preferenceSchema = z.object({
  wa_id: optional,
  user_id: optional,
  category: z.literal('marketing_messages'),
  value: z.enum(['stop', 'resume', 'signup']),
  timestamp,
})

/** Skips unreadable entries, other categories, and values that Meta adds. */
function readPreferences(value: unknown): MarketingPreference[] {
  const parsed = preferencesSchema.safeParse(value)
  if (!parsed.success) return []
  const phoneNumberId = parsed.data.metadata.phone_number_id
  return parsed.data.user_preferences.flatMap((raw) => {
    const preference = preferenceSchema.safeParse(raw).data
    if (!preference?.wa_id && !preference?.user_id) return []
    const from = party(preference.wa_id, preference.user_id)
    return [{ phoneNumberId, from, stopped: preference.value === 'stop', occurredAt: preference.timestamp }]
  })
}

function readChange(updates: WebhookUpdates, wabaId: string | undefined, raw: unknown): void {
  const setAside = (field: string, reason: string, value: unknown, phoneNumberId?: string) =>
    updates.other.push({
      ...(wabaId ? { wabaId } : {}),
      ...(phoneNumberId ? { phoneNumberId } : {}),
      field,
      reason,
      value,
    })
  const change = changeSchema.safeParse(raw)
  if (!change.success) return void setAside('', 'unreadable change', raw)
  const { field, value } = change.data
  if (field === 'message_template_status_update' || field === 'template_category_update') {
    const news = readTemplateStatusUpdate(wabaId, value)
    if (news) updates.templates.push(news)
    else setAside(field, 'unreadable value', value)
    return
  }
  if (field === 'user_preferences') {
    const preferences = readPreferences(value)
    if (preferences.length === 0) setAside(field, 'unreadable value', value)
    return void updates.preferences.push(...preferences)
  }
  if (field !== 'messages') return void setAside(field, 'not handled', value)
  const parsed = valueSchema.safeParse(value)
  if (!parsed.success) return void setAside(field, 'unreadable value', value)

  const { metadata, contacts: rawContacts, messages, statuses, errors } = parsed.data
  const phoneNumberId = metadata.phone_number_id
  const contacts = (rawContacts ?? []).flatMap((contact) => contactSchema.safeParse(contact).data ?? [])
  for (const message of messages ?? []) {
    const read = readMessage(phoneNumberId, message, contacts)
    if (typeof read === 'string') setAside(field, read, message, phoneNumberId)
    else updates.messages.push(read)
  }
  for (const status of statuses ?? []) {
    const read = readStatus(phoneNumberId, status)
    if (typeof read === 'string') setAside(field, read, status, phoneNumberId)
    else updates.statuses.push(read)
  }
  for (const error of errors ?? []) setAside(field, 'account error', error, phoneNumberId)
}

/**
 * Parses one webhook delivery: up to 1000 updates over any number of entries and changes, in the order of the body (Meta
 * guarantees none). Unknown updates become `other` and do not affect the rest.
 * @param raw the exact body, after the checks of its size (≤ 3 MB) and signature
 * @throws {UnparsableWebhookError} when it is not JSON or not a webhook envelope
 */
export function parseWebhook(raw: Buffer): WebhookUpdates {
  const envelope = envelopeSchema.safeParse(parseJson(raw))
  if (!envelope.success) throw new UnparsableWebhookError('The webhook body is not a WhatsApp envelope')
  const updates: WebhookUpdates = { messages: [], statuses: [], templates: [], preferences: [], other: [] }
  const { object, entry: entries } = envelope.data
  if (object !== 'whatsapp_business_account') {
    updates.other.push({ field: '', reason: 'not a WhatsApp business account', value: entries })
    return updates
  }
  for (const entry of entries) {
    const parsed = entrySchema.safeParse(entry)
    if (!parsed.success) updates.other.push({ field: '', reason: 'unreadable entry', value: entry })
    else for (const change of parsed.data.changes) readChange(updates, parsed.data.id, change)
  }
  return updates
}

const handshakeSchema = z.object({
  'hub.mode': z.literal('subscribe'),
  'hub.verify_token': z.string().max(1000),
  'hub.challenge': z.string().max(1000),
})

/**
 * Verifies the GET request of a webhook verification. Returns the challenge to answer with (200, text/plain), or null for
 * 403.
 * @param query the parsed query string (its keys contain dots)
 */
export function verifyHandshake(query: unknown, verifyToken: string): string | null {
  const parsed = handshakeSchema.safeParse(query)
  if (!parsed.success || verifyToken === '') return null
  const given = Buffer.from(parsed.data['hub.verify_token'])
  const expected = Buffer.from(verifyToken)
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return null
  return parsed.data['hub.challenge']
}
