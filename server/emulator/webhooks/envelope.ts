import { toStatusError } from '../graph-errors.ts'
import type { ChatMessage, Customer, ShopNumber } from '../state/model.ts'

/** Webhook payloads in Meta's format (Meta, "Webhooks: messages"). */

type Json = Record<string, unknown>

const seconds = (ms: number): string => String(Math.floor(ms / 1000))
const digits = (phone: string): string => phone.replace(/\D/g, '')

function metadataOf(number: ShopNumber): Json {
  return {
    messaging_product: 'whatsapp',
    metadata: { display_phone_number: digits(number.displayPhone), phone_number_id: number.phoneNumberId },
  }
}

function contactOf(customer: Customer): Json {
  const profile = { name: customer.name, ...(customer.username ? { username: customer.username } : {}) }
  return { profile, ...(customer.waId ? { wa_id: customer.waId } : {}), user_id: customer.bsuid }
}

/** The value of a change for a customer's message; `part` holds the fields of its type. */
export function messageValue(
  number: ShopNumber,
  customer: Customer,
  message: { wamid: string; at: number; contextWamid?: string | undefined; part: Json },
): Json {
  const context = { from: digits(number.displayPhone), id: message.contextWamid }
  return {
    ...metadataOf(number),
    contacts: [contactOf(customer)],
    messages: [
      {
        ...(message.contextWamid ? { context } : {}),
        ...(customer.waId ? { from: customer.waId } : {}),
        from_user_id: customer.bsuid,
        id: message.wamid,
        timestamp: seconds(message.at),
        ...message.part,
      },
    ],
  }
}

export type Pricing = { type: 'regular' | 'free_customer_service'; category: string }

/** The value of a `user_preferences` change: the customer stopped or resumed marketing from this number. */
export function preferenceValue(number: ShopNumber, customer: Customer, at: number, stopped: boolean): Json {
  return {
    ...metadataOf(number),
    contacts: [contactOf(customer)],
    user_preferences: [
      {
        ...(customer.waId ? { wa_id: customer.waId } : {}),
        user_id: customer.bsuid,
        detail: `User requested to ${stopped ? 'stop' : 'resume'} marketing messages`,
        category: 'marketing_messages',
        value: stopped ? 'stop' : 'resume',
        timestamp: Math.floor(at / 1000),
      },
    ],
  }
}

/** The value of a change for one status of a message of the shop. */
export function statusValue(
  number: ShopNumber,
  customer: { waId?: string | undefined; customer?: Customer | undefined },
  message: Pick<ChatMessage, 'wamid' | 'opaqueId'>,
  step: { status: string; at: number; errorCode?: number | undefined; pricing?: Pricing | undefined },
): Json {
  const known = customer.customer
  const failed = step.status === 'failed'
  const pricing = { billable: step.pricing?.type === 'regular', pricing_model: 'PMP', ...step.pricing }
  return {
    ...metadataOf(number),
    // Since April 2026, every status but `failed` includes contacts.
    ...(known && !failed ? { contacts: [contactOf(known)] } : {}),
    statuses: [
      {
        id: message.wamid,
        status: step.status,
        timestamp: seconds(step.at),
        ...(customer.waId ? { recipient_id: customer.waId } : {}),
        ...(known && !(failed && customer.waId) ? { recipient_user_id: known.bsuid } : {}),
        ...(message.opaqueId ? { biz_opaque_callback_data: message.opaqueId } : {}),
        ...(step.pricing ? { pricing } : {}),
        ...(failed ? { errors: [toStatusError(step.errorCode ?? 131000)] } : {}),
      },
    ],
  }
}

/**
 * The exact bytes of a delivery. Meta escapes all characters beyond ASCII before it signs, so a receiver that verifies a
 * re-serialised body fails here as it would in production.
 */
export function envelopeBytes(changes: readonly { wabaId: string; field: string; value: Json }[]): Buffer {
  const entry = changes.map(({ wabaId, field, value }) => ({ id: wabaId, changes: [{ value, field }] }))
  const json = JSON.stringify({ object: 'whatsapp_business_account', entry })
  const escaped = json.replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
  return Buffer.from(escaped, 'ascii')
}
