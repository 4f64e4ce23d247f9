import type { ChatMessage, Customer, ShopNumber, ShownTemplate } from '../state/model.ts'

/** The page's requests to the emulator. Answers come from our own server, so their shape is trusted. */

const base = '/_emulator/control'

async function call<T>(path: string, init?: RequestInit): Promise<T> {
  const response = await fetch(base + path, init).catch(() => {
    throw new Error('Not sent: the server cannot be reached. Try again.')
  })
  // The sign-in of twelve hours has expired: the reloaded page asks for the secret.
  if (response.status === 401) location.reload()
  const body = (await response.json().catch(() => undefined)) as { error?: { message?: string } } | undefined
  if (!response.ok) throw new Error(body?.error?.message ?? `The phone got the answer ${response.status}`)
  return body as T
}

const post = <T>(path: string, body: unknown): Promise<T> =>
  call<T>(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })

export type Chat = { phoneNumberId: string; customerId: string }
const chatPath = ({ phoneNumberId, customerId }: Chat): string => `/chats/${phoneNumberId}/${customerId}`

export type Action =
  | { kind: 'text'; body: string; replyTo?: string }
  | { kind: 'tap'; messageWamid: string; choiceId: string }
  | { kind: 'location'; latitude: number; longitude: number; name?: string }
  | { kind: 'image'; mediaId: string; caption?: string }
  | { kind: 'cart'; items: { sku: string; quantity: number }[] }

export const fetchState = () => call<{ numbers: ShopNumber[]; customers: Customer[] }>('/state')
export const fetchChat = (chat: Chat) =>
  call<{ messages: ChatMessage[]; typing: boolean; marketingStopped: boolean }>(chatPath(chat))
export const markChatRead = (chat: Chat) => post<{ read: number }>(`${chatPath(chat)}/read`, {})
export const sendAction = (chat: Chat, action: Action) => post<{ wamid: string }>(`${chatPath(chat)}/messages`, action)
export const addCustomer = (input: { name?: string; phone?: string; username?: string }) =>
  post<Customer>('/customers', input)

/** Stops or resumes marketing messages of the shop, as the customer can in WhatsApp's profile of the shop. */
export const stopMarketing = (chat: Chat, stopped: boolean) => post(`${chatPath(chat)}/marketing`, { stopped })

export const fetchTemplates = () => call<{ templates: ShownTemplate[] }>('/templates')
export type Decision = { status: 'APPROVED' | 'REJECTED' | 'PAUSED' }
/** Decides about a template as WhatsApp's reviewer. */
export const decideTemplate = (id: string, decision: Decision) =>
  post<ShownTemplate>(`/templates/${id}/status`, decision)

/** Sends an image: uploads its bytes, then sends the message. */
export async function sendPhoto(chat: Chat, file: File, caption: string): Promise<void> {
  const headers = { 'content-type': file.type || 'application/octet-stream' }
  const { mediaId } = await call<{ mediaId: string }>('/images', { method: 'POST', headers, body: file })
  await sendAction(chat, { kind: 'image', mediaId, ...(caption ? { caption } : {}) })
}

export const messageImageUrl = (wamid: string): string => `${base}/images/${encodeURIComponent(wamid)}`
export const socketUrl = (): string => `${location.origin.replace(/^http/, 'ws')}/_emulator/socket`
