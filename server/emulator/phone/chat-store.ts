import type { ChatMessage, Customer, ShopNumber, ShownTemplate, SocketEvent } from '../state/model.ts'
import { fetchChat, fetchState, fetchTemplates, socketUrl } from './api.ts'

export type ChatState = { messages: readonly ChatMessage[]; typing: boolean; marketingStopped: boolean }
export type PhoneState = {
  connection: 'connecting' | 'online' | 'offline'
  numbers: readonly ShopNumber[]
  customers: readonly Customer[]
  templates: readonly ShownTemplate[]
  /** By `phoneNumberId/customerId`. */
  chats: Readonly<Record<string, ChatState>>
}

const noChat: ChatState = { messages: [], typing: false, marketingStopped: false }
export const keyOf = (phoneNumberId: string, customerId: string): string => `${phoneNumberId}/${customerId}`

/** Whether the phone received the message: one that is still accepted, or failed, is visible to the shop alone. */
export const hasArrived = ({ from, status }: ChatMessage): boolean =>
  from === 'customer' || (status !== 'accepted' && status !== 'failed')

export function chatOf(state: PhoneState, phoneNumberId: string, customerId: string): ChatState {
  const chat = state.chats[keyOf(phoneNumberId, customerId)] ?? noChat
  return { ...chat, messages: chat.messages.filter(hasArrived) }
}

/**
 * Merges messages: newer versions replace older ones, and messages keep the order in which they were sent, whatever the
 * order in which answers and events arrive.
 */
export function mergeMessages(old: readonly ChatMessage[], newer: readonly ChatMessage[]): readonly ChatMessage[] {
  const byId = new Map(old.map((message) => [message.wamid, message]))
  for (const message of newer) {
    const known = byId.get(message.wamid)
    if (known === undefined || known.revision < message.revision) byId.set(message.wamid, message)
  }
  return [...byId.values()].sort((a, b) => a.seq - b.seq)
}

// The server starts the typing indicator; it ends with the answer, or after WhatsApp's limit.
const typingMs = 25_000
const retryMs = [300, 1_000, 2_000, 5_000]

export type ChatStore = ReturnType<typeof createChatStore>

/** The page's copy of the emulator's chats: fetched whenever the socket opens, then updated by its events. */
export function createChatStore() {
  let state: PhoneState = { connection: 'connecting', numbers: [], customers: [], templates: [], chats: {} }
  let attempt = 0
  const listeners = new Set<() => void>()
  const typingTimers = new Map<string, ReturnType<typeof setTimeout>>()
  const openedKeys = new Set<string>()

  function set(change: Partial<PhoneState>): void {
    state = { ...state, ...change }
    for (const listener of listeners) listener()
  }

  function setChat(key: string, change: (chat: ChatState) => ChatState): void {
    set({ chats: { ...state.chats, [key]: change(state.chats[key] ?? noChat) } })
  }

  function setTyping(key: string, typing: boolean): void {
    clearTimeout(typingTimers.get(key))
    if (typing)
      typingTimers.set(
        key,
        setTimeout(() => setTyping(key, false), typingMs),
      )
    setChat(key, (chat) => ({ ...chat, typing }))
  }

  async function load(key: string): Promise<void> {
    const [phoneNumberId = '', customerId = ''] = key.split('/')
    const { messages, typing, marketingStopped } = await fetchChat({ phoneNumberId, customerId })
    setChat(key, (chat) => ({ ...chat, marketingStopped, messages: mergeMessages(chat.messages, messages) }))
    setTyping(key, typing)
  }

  async function refresh(): Promise<void> {
    const [{ numbers, customers }, { templates }] = await Promise.all([fetchState(), fetchTemplates()])
    set({ numbers, customers, templates, connection: 'online' })
    await Promise.all([...openedKeys].map(load))
  }

  function receive(event: SocketEvent): void {
    if (event.type === 'message') {
      const { message } = event
      setChat(keyOf(message.phoneNumberId, message.customerId), (chat) => ({
        ...chat,
        messages: mergeMessages(chat.messages, [message]),
      }))
    } else if (event.type === 'typing') setTyping(keyOf(event.phoneNumberId, event.customerId), event.typing)
    else if (event.type === 'customers') set({ customers: event.customers })
    else if (event.type === 'templates') set({ templates: event.templates })
    else if (event.type === 'marketing') {
      const { phoneNumberId, customerId, stopped } = event
      setChat(keyOf(phoneNumberId, customerId), (chat) => ({ ...chat, marketingStopped: stopped }))
    } else set({ chats: {} })
  }

  function connect(): void {
    const socket = new WebSocket(socketUrl())
    socket.onopen = () => {
      attempt = 0
      refresh().catch(() => socket.close())
    }
    socket.onmessage = ({ data }) => receive(JSON.parse(String(data)) as SocketEvent)
    socket.onclose = () => {
      set({ connection: 'offline' })
      setTimeout(connect, retryMs[Math.min(attempt, retryMs.length - 1)])
      attempt += 1
    }
  }

  return {
    connect,
    subscribe(listener: () => void): () => void {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    state: (): PhoneState => state,
    /** Loads a chat, and loads it again after every reconnect. */
    openChat(phoneNumberId: string, customerId: string): void {
      const key = keyOf(phoneNumberId, customerId)
      if (openedKeys.has(key)) return
      openedKeys.add(key)
      if (state.connection === 'online') load(key).catch(() => openedKeys.delete(key))
    },
  }
}
