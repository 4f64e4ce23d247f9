import * as z from 'zod'

import type { OutboundContent } from './content.ts'
import { WhatsAppResponseError } from './errors.ts'
import { toCloudContent } from './payload.ts'
import { createTemplateCalls, type TemplateCalls } from './template-client.ts'
import { createTransport } from './transport.ts'
import { toE164 } from './webhook-content.ts'

export type WhatsAppClientOptions = {
  /** `https://graph.facebook.com`, or the emulator's address. */
  baseUrl: string
  /** Graph API version, e.g. `v25.0`. */
  version: string
  accessToken: string
  /** Timeout of one call including its answer, in ms; default 10 000. */
  timeoutMs?: number
}

export type SendRequest = {
  /** A phone number (E.164) or a business-scoped user id; the number is used when both are given. */
  to: { phone?: string | undefined; bsuid?: string | undefined }
  content: OutboundContent
  /** Our id of the message, ≤ 512 characters; every status webhook echoes it. */
  opaqueId: string
  /** The wamid of the message to quote. */
  replyTo?: string | undefined
  signal?: AbortSignal | undefined
}

export type SentMessage = {
  wamid: string
  /** The recipient's number in WhatsApp, digits only; may differ from the given one (Brazil, Mexico). */
  waId?: string
}

export type MediaInfo = { mediaId: string; url: string; mimeType: string; sha256?: string; fileSize?: number }
export type PhoneNumberInfo = { id: string; displayPhone?: string; verifiedName?: string; qualityRating?: string }

export type WhatsAppClient = TemplateCalls & {
  sendMessage(phoneNumberId: string, message: SendRequest): Promise<SentMessage>
  /** Sends a read receipt up to this message (blue ticks), and with `typing` the typing indicator (≤ 25 s). */
  markRead(phoneNumberId: string, wamid: string, options?: { typing?: boolean }): Promise<void>
  getMedia(mediaId: string): Promise<MediaInfo>
  downloadMedia(mediaId: string, options: { maxBytes: number }): Promise<{ bytes: Buffer; mimeType: string }>
  getPhoneNumber(phoneNumberId: string): Promise<PhoneNumberInfo>
  close(): Promise<void>
}

const answerBytes = 256 * 1024

const id = z.union([z.string().min(1), z.number().transform(String)])
const sentSchema = z.object({
  contacts: z
    .array(z.object({ wa_id: z.string().optional() }))
    .optional()
    .catch(undefined),
  messages: z.array(z.object({ id: z.string().min(1) })).min(1),
})
const successSchema = z.object({ success: z.literal(true) })
const mediaSchema = z.object({
  id,
  url: z.url(),
  mime_type: z.string(),
  sha256: z.string().optional(),
  file_size: z
    .union([
      z.number(),
      z
        .string()
        .regex(/^\d{1,15}$/)
        .transform(Number),
    ])
    .optional()
    .catch(undefined),
})
const phoneNumberSchema = z.object({
  id,
  display_phone_number: z.string().optional(),
  verified_name: z.string().optional(),
  quality_rating: z.string().optional(),
})

// A download sends the bearer token, so only Meta's media hosts and the API's own host may receive it.
const mediaHosts = /(?:^|\.)(?:fbsbx\.com|fbcdn\.net|facebook\.com|whatsapp\.net)$/

function assertDigits(value: string, what: string): void {
  if (!/^\d{1,32}$/.test(value)) throw new TypeError(`A ${what} is a string of digits`)
}

function recipient(to: SendRequest['to']): { to: string } | { recipient: string } {
  if (to.phone) return { to: toE164(to.phone) }
  if (to.bsuid) return { recipient: to.bsuid }
  throw new TypeError('A message needs a phone number or a business-scoped user id to go to')
}

/**
 * The calls of the WhatsApp Cloud API that Storeline uses. Sending throws `WhatsAppError` (refused: nothing sent),
 * `WhatsAppUnreachableError` (nothing sent) or `AmbiguousSendError` (perhaps sent: reconcile first); see `errors.ts`.
 */
export function createWhatsAppClient(options: WhatsAppClientOptions): WhatsAppClient {
  const transport = createTransport({ accessToken: options.accessToken, timeoutMs: options.timeoutMs ?? 10_000 })
  const origin = new URL(options.baseUrl).origin
  const base = `${options.baseUrl.replace(/\/+$/, '')}/${options.version}`

  function messagesUrl(phoneNumberId: string): string {
    assertDigits(phoneNumberId, 'phone-number id')
    return `${base}/${phoneNumberId}/messages`
  }

  async function getMedia(mediaId: string): Promise<MediaInfo> {
    assertDigits(mediaId, 'media id')
    const call = { method: 'GET', url: `${base}/${mediaId}`, maxBytes: answerBytes } as const
    const media = await transport.json(call, mediaSchema)
    return {
      mediaId: media.id,
      url: media.url,
      mimeType: media.mime_type,
      ...(media.sha256 === undefined ? {} : { sha256: media.sha256 }),
      ...(media.file_size === undefined ? {} : { fileSize: media.file_size }),
    }
  }

  return {
    async sendMessage(phoneNumberId, message) {
      const body = {
        messaging_product: 'whatsapp',
        recipient_type: 'individual',
        ...recipient(message.to),
        ...(message.replyTo ? { context: { message_id: message.replyTo } } : {}),
        biz_opaque_callback_data: message.opaqueId,
        ...toCloudContent(message.content),
      }
      const url = messagesUrl(phoneNumberId)
      const call = { method: 'POST', url, body, maxBytes: answerBytes, sends: true, signal: message.signal } as const
      const sent = await transport.json(call, sentSchema)
      const waId = sent.contacts?.[0]?.wa_id
      return { wamid: sent.messages[0]!.id, ...(waId ? { waId } : {}) }
    },
    async markRead(phoneNumberId, wamid, { typing = false } = {}) {
      const body = {
        messaging_product: 'whatsapp',
        status: 'read',
        message_id: wamid,
        ...(typing ? { typing_indicator: { type: 'text' } } : {}),
      }
      const url = messagesUrl(phoneNumberId)
      await transport.json({ method: 'POST', url, body, maxBytes: answerBytes }, successSchema)
    },
    getMedia,
    async downloadMedia(mediaId, { maxBytes }) {
      const media = await getMedia(mediaId)
      const url = new URL(media.url)
      const trusted = url.origin === origin || (url.protocol === 'https:' && mediaHosts.test(url.hostname))
      if (!trusted) throw new WhatsAppResponseError(`Media is not fetched from ${url.hostname}`)
      if (media.fileSize !== undefined && media.fileSize > maxBytes) {
        throw new WhatsAppResponseError(`The file is larger than ${maxBytes} bytes`, { tooLarge: true })
      }
      const { body } = await transport.bytes({ method: 'GET', url: media.url, maxBytes })
      return { bytes: body, mimeType: media.mimeType }
    },
    async getPhoneNumber(phoneNumberId) {
      assertDigits(phoneNumberId, 'phone-number id')
      const fields = 'verified_name,display_phone_number,quality_rating'
      const call = { method: 'GET', url: `${base}/${phoneNumberId}?fields=${fields}`, maxBytes: answerBytes } as const
      const number = await transport.json(call, phoneNumberSchema)
      return {
        id: number.id,
        ...(number.display_phone_number ? { displayPhone: number.display_phone_number } : {}),
        ...(number.verified_name ? { verifiedName: number.verified_name } : {}),
        ...(number.quality_rating ? { qualityRating: number.quality_rating } : {}),
      }
    },
    ...createTemplateCalls(transport, base),
    close: () => transport.close(),
  }
}
