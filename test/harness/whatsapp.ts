import { randomBytes } from 'node:crypto'
import { signBody } from '../../server/whatsapp/signature.ts'
import type { TestStoreline } from './storeline.ts'

export type InboundText = {
  from: string
  text: string
  wamid?: string
  at?: Date
  name?: string
  phoneNumberId?: string
}

export const newWamid = (): string => `wamid.${randomBytes(24).toString('base64')}`

/** The webhook body of messages customers wrote, as Meta builds it. */
export function inboundBody(phoneNumberId: string, messages: InboundText[]): string {
  return envelope({
    metadata: { display_phone_number: '15550000000', phone_number_id: phoneNumberId },
    contacts: messages.map(({ from, name }) => ({ profile: { name: name ?? 'Test customer' }, wa_id: from })),
    messages: messages.map(({ from, text, wamid, at }) => ({
      from,
      id: wamid ?? newWamid(),
      timestamp: String(Math.floor((at?.getTime() ?? Date.now()) / 1000)),
      type: 'text',
      text: { body: text },
    })),
  })
}

/** The webhook body of a status of one of our messages. */
export function statusBody(
  phoneNumberId: string,
  { wamid, status, opaqueId, code }: { wamid: string; status: string; opaqueId?: string; code?: number },
): string {
  return envelope({
    metadata: { display_phone_number: '15550000000', phone_number_id: phoneNumberId },
    statuses: [
      {
        id: wamid,
        status,
        timestamp: String(Math.floor(Date.now() / 1000)),
        recipient_id: '15550100101',
        ...(opaqueId ? { biz_opaque_callback_data: opaqueId } : {}),
        ...(code ? { errors: [{ code, title: 'Failed', error_data: { details: 'It failed.' } }] } : {}),
      },
    ],
  })
}

const envelope = (value: object): string =>
  JSON.stringify({
    object: 'whatsapp_business_account',
    entry: [
      { id: '102290129340398', changes: [{ field: 'messages', value: { messaging_product: 'whatsapp', ...value } }] },
    ],
  })

/** Delivers a signed webhook the way Meta does. */
export function deliver(
  { url, app }: Pick<TestStoreline, 'url' | 'app'>,
  body: string,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(`${url}/webhooks/whatsapp`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-hub-signature-256': signBody(Buffer.from(body), app.config.whatsapp.appSecret),
      ...headers,
    },
    body,
  })
}
