import type { TestStoreline } from './storeline.ts'

export type ChatMessage = {
  wamid: string
  from: 'shop' | 'customer'
  status: string
  body: { kind: string; text?: string; body?: string } & Record<string, unknown>
  opaqueId?: string
}
export type Phone = {
  customerId: string
  /** Sends a text as the customer; its wamid. */
  write: (text: string) => Promise<string>
  /** The chat with the shop as the customer sees it, oldest first. */
  chat: () => Promise<ChatMessage[]>
}

/** The emulator beside a Storeline (role "emulator"), driven over its control API. */
export function emulatorOf({ url, shop }: Pick<TestStoreline, 'url' | 'shop'>) {
  const control = async <T>(path: string, body?: object): Promise<T> => {
    const response = await fetch(
      `${url}/_emulator/control${path}`,
      body ? { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) } : {},
    )
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
    return (await response.json()) as T
  }
  return {
    control,
    /** A customer with a phone number, or with a user name alone. */
    phone: async (who: { phone: string } | { username: string }): Promise<Phone> => {
      const { id: customerId } = await control<{ id: string }>('/customers', who)
      const chat = `/chats/${shop.phoneNumberId}/${customerId}`
      return {
        customerId,
        write: async (text) =>
          (await control<{ wamid: string }>(`${chat}/messages`, { kind: 'text', body: text })).wamid,
        chat: async () => (await control<{ messages: ChatMessage[] }>(chat)).messages,
      }
    },
  }
}
