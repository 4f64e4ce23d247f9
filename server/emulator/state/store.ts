import { createHash, randomUUID } from 'node:crypto'

import type { ChatMessage, Customer, EmulatorState, PendingDelivery, SocketEvent } from './model.ts'
import { chatKey } from './model.ts'
import { createSaver, loadState } from './persistence.ts'
import type { DeletedName, Template } from '../templates/model.ts'

/** Limit of stored messages of one chat; older ones are deleted. */
const maxMessagesPerChat = 500
const maxDeletedNames = 500

// No leading zero, since webhooks send template ids as JSON numbers, which would lose it.
const digitsOf = (hash: Buffer, length: number): string =>
  BigInt(`0x${hash.toString('hex')}`)
    .toString()
    .slice(-length)
    .padStart(length, '1')
    .replace(/^0/, '1')

export type Store = ReturnType<typeof createStore>

/**
 * The emulator's state: customers, chats and undelivered webhooks, saved to a JSON file if one is given.
 * @param options.seed makes ids deterministic; without one, each new store has other ids, so none collides with an old one
 */
export function createStore(options: { dataFile?: string | undefined; seed?: string | undefined }) {
  let state: EmulatorState = loadState(options.dataFile) ?? emptyState()
  let revision = state.messages.reduce((max, message) => Math.max(max, message.revision), 0)
  let chats = new Map<string, ChatMessage[]>()
  let byWamid = new Map<string, ChatMessage>()
  let pending = new Map<number, PendingDelivery>()
  const listeners = new Set<(event: SocketEvent) => void>()
  const saver = createSaver(options.dataFile, snapshot)
  index()

  function emptyState(): EmulatorState {
    return {
      version: 1,
      seed: options.seed ?? randomUUID(),
      counter: 0,
      customers: [],
      messages: [],
      lastInboundAt: {},
      serviceMessages: {},
      pending: [],
      templates: [],
      deletedTemplates: [],
      marketingStopped: [],
    }
  }

  function index(): void {
    chats = new Map()
    for (const message of state.messages) {
      const key = chatKey(message.phoneNumberId, message.customerId)
      chats.set(key, [...(chats.get(key) ?? []), message])
    }
    byWamid = new Map(state.messages.map((message) => [message.wamid, message]))
    pending = new Map(state.pending.map((delivery) => [delivery.id, delivery]))
    state.messages = []
    state.pending = []
  }

  function snapshot(): EmulatorState {
    return { ...state, messages: [...chats.values()].flat(), pending: [...pending.values()] }
  }

  function nextHash(): Buffer {
    state.counter += 1
    return createHash('sha256').update(`${state.seed}:${state.counter}`).digest()
  }

  function emit(event: SocketEvent): void {
    saver.schedule()
    for (const listener of listeners) listener(event)
  }

  return {
    nextNumber(): number {
      state.counter += 1
      return state.counter
    },
    /** A string of digits shaped like Meta's object ids. */
    nextId: (length = 16): string => digitsOf(nextHash(), length),
    /** `wamid.` and base64 of what real ones hold: a header, the number, and 20 bytes of id. */
    nextWamid(digits: string): string {
      const number = Buffer.from(digits)
      const id = Buffer.from(nextHash().toString('hex').slice(0, 20).toUpperCase())
      const head = Buffer.concat([Buffer.from([0x1c, 0x18, number.length]), number, Buffer.from([0x15, 0x02, 0x00])])
      const bytes = Buffer.concat([head, Buffer.from([0x12, 0x18, id.length]), id, Buffer.from([0])])
      return `wamid.${bytes.toString('base64')}`
    },
    customers: (): readonly Customer[] => state.customers,
    customer: (id: string): Customer | undefined => state.customers.find((customer) => customer.id === id),
    findCustomer: (query: { waId?: string; bsuid?: string }): Customer | undefined =>
      state.customers.find(
        (customer) =>
          (query.waId !== undefined && customer.waId === query.waId) ||
          (query.bsuid !== undefined && customer.bsuid === query.bsuid),
      ),
    addCustomer(input: {
      name?: string | undefined
      waId?: string | undefined
      username?: string | undefined
    }): Customer {
      const name = input.name ?? `Customer ${state.customers.length + 1}`
      const customer: Customer = {
        id: digitsOf(nextHash(), 12),
        name,
        bsuid: `US.${digitsOf(nextHash(), 20)}`,
        ...(input.waId === undefined ? {} : { waId: input.waId }),
        ...(input.username === undefined ? {} : { username: input.username }),
      }
      state.customers.push(customer)
      emit({ type: 'customers', customers: [...state.customers] })
      return customer
    },
    chat: (phoneNumberId: string, customerId: string): readonly ChatMessage[] =>
      chats.get(chatKey(phoneNumberId, customerId)) ?? [],
    messages: (): ChatMessage[] => [...chats.values()].flat(),
    message: (wamid: string): ChatMessage | undefined => byWamid.get(wamid),
    addMessage(input: Omit<ChatMessage, 'seq' | 'revision'>): ChatMessage {
      revision += 1
      const message: ChatMessage = { ...input, seq: revision, revision }
      const key = chatKey(message.phoneNumberId, message.customerId)
      const chat = chats.get(key) ?? []
      chat.push(message)
      if (chat.length > maxMessagesPerChat) byWamid.delete(chat.shift()!.wamid)
      chats.set(key, chat)
      byWamid.set(message.wamid, message)
      if (message.from === 'customer') state.lastInboundAt[key] = message.at
      emit({ type: 'message', message })
      return message
    },
    updateMessage(message: ChatMessage, change: Partial<ChatMessage>): void {
      revision += 1
      Object.assign(message, change, { revision })
      emit({ type: 'message', message })
    },
    lastInboundAt: (phoneNumberId: string, customerId: string): number | undefined =>
      state.lastInboundAt[chatKey(phoneNumberId, customerId)],
    /** Opens the service window for an action without a message (a reaction). */
    openServiceWindow(phoneNumberId: string, customerId: string, at: number): void {
      state.lastInboundAt[chatKey(phoneNumberId, customerId)] = at
    },
    /** Counts a message of this number; returns the count of the calendar month. */
    countServiceMessage(phoneNumberId: string, at: number): number {
      const key = `${phoneNumberId}/${new Date(at).toISOString().slice(0, 7)}`
      const count = (state.serviceMessages[key] ?? 0) + 1
      state.serviceMessages[key] = count
      return count
    },
    pending: (): PendingDelivery[] => [...pending.values()],
    addPending(delivery: PendingDelivery): void {
      pending.set(delivery.id, delivery)
      saver.schedule()
    },
    removePending(id: number): void {
      pending.delete(id)
      saver.schedule()
    },
    templates: (): readonly Template[] => state.templates,
    template: (id: string): Template | undefined => state.templates.find((template) => template.id === id),
    /** Adds a template, or replaces the one with the same id in place. */
    putTemplate(template: Template): void {
      const index = state.templates.findIndex((other) => other.id === template.id)
      if (index < 0) state.templates.push(template)
      else state.templates[index] = template
      emit({ type: 'templates', templates: [...state.templates] })
    },
    /** @param blockedAt if given, the name is blocked for 30 days from then on */
    removeTemplate(id: string, blockedAt?: number): void {
      const template = state.templates.find((other) => other.id === id)
      if (template === undefined) return
      state.templates = state.templates.filter((other) => other !== template)
      if (blockedAt !== undefined) {
        const { wabaId, name } = template
        state.deletedTemplates = [...state.deletedTemplates, { wabaId, name, at: blockedAt }].slice(-maxDeletedNames)
      }
      emit({ type: 'templates', templates: [...state.templates] })
    },
    deletedTemplates: (): readonly DeletedName[] => state.deletedTemplates,
    isMarketingStopped: (phoneNumberId: string, customerId: string): boolean =>
      state.marketingStopped.includes(chatKey(phoneNumberId, customerId)),
    stopMarketing(phoneNumberId: string, customerId: string, stopped: boolean): void {
      const key = chatKey(phoneNumberId, customerId)
      const others = state.marketingStopped.filter((other) => other !== key)
      state.marketingStopped = stopped ? [...others, key] : others
      emit({ type: 'marketing', phoneNumberId, customerId, stopped })
    },
    emit,
    subscribe(listener: (event: SocketEvent) => void): () => void {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    /** Deletes everything but customers and templates; ids continue, so none is issued twice. */
    reset(): void {
      state = { ...state, messages: [], lastInboundAt: {}, serviceMessages: {}, pending: [], marketingStopped: [] }
      index()
      emit({ type: 'reset' })
    },
    close: () => saver.close(),
  }
}
