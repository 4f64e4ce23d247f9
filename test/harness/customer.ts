import type { ChatMessage } from '../../server/emulator/state/model.ts'

/** A customer of the emulator, reached over its HTTP interface. */
export type EmulatedCustomer = {
  id: string
  phone: string
  /** Returns the wamid. */
  write: (text: string) => Promise<string>
  chat: () => Promise<ChatMessage[]>
  /** The shop's messages, one line each, oldest first. */
  answers: () => Promise<string[]>
}

export function emulatorOf(url: string, phoneNumberId: string) {
  const call = async <T>(path: string, body?: object): Promise<T> => {
    const init = body
      ? { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
      : {}
    const response = await fetch(`${url}/_emulator/control${path}`, init)
    const text = await response.text()
    if (!response.ok) throw new Error(`The emulator answered ${response.status} to ${path}: ${text}`)
    return JSON.parse(text) as T
  }
  return {
    call,
    clearFaults: async () => void (await fetch(`${url}/_emulator/control/faults`, { method: 'DELETE' })),
    /** Customers of one name get the same answers, whatever their number. */
    customer: async (phone: string, name = 'Kim'): Promise<EmulatedCustomer> => {
      const { id } = await call<{ id: string }>('/customers', { name, phone })
      const path = `/chats/${phoneNumberId}/${id}`
      const chat = async () => (await call<{ messages: ChatMessage[] }>(path)).messages
      return {
        id,
        phone,
        write: async (text) => (await call<{ wamid: string }>(`${path}/messages`, { kind: 'text', body: text })).wamid,
        chat,
        answers: async () =>
          (await chat()).filter((message) => message.from === 'shop').map((message) => JSON.stringify(message.body)),
      }
    },
  }
}
export type EmulatorClient = ReturnType<typeof emulatorOf>
