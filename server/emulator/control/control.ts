import { request } from 'undici'

import type { CustomerAction } from '../chats/customer-actions.ts'
import { ActionError, actionSchema, createCustomerActions } from '../chats/customer-actions.ts'
import type { Attempt, WebhookDeliveries } from '../webhooks/deliveries.ts'
import { preferenceValue } from '../webhooks/envelope.ts'
import type { Fault, FaultInput, Faults } from '../chats/faults.ts'
import type { StatusProgression, Schedule } from '../chats/status-progression.ts'
import { imageBytes, type MediaStore, sniffImage } from '../media/media-store.ts'
import type { ChatMessage, ChatStatus, Customer, ShopNumber } from '../state/model.ts'
import { chatKey } from '../state/model.ts'
import type { Store } from '../state/store.ts'
import type { Library, TemplateChange } from '../templates/library.ts'
import type { QualityScore, Review, Template } from '../templates/model.ts'

export type NewCustomer = { name?: string | undefined; phone?: string | undefined; username?: string | undefined }
export type HandshakeResult = { ok: boolean; status: number | string }

/** The commands of tests, demos and the phone page. */
export type EmulatorControl = {
  numbers: readonly ShopNumber[]
  customers(): readonly Customer[]
  /** Adds a customer by phone number, or by user name alone. Returns the existing customer of that number or name. */
  addCustomer(input: NewCustomer): Customer
  chat(phoneNumberId: string, customerId: string): readonly ChatMessage[]
  messages(): ChatMessage[]
  /** Performs an action of a customer; returns the wamid of the customer's message. */
  act(phoneNumberId: string, customerId: string, action: CustomerAction, baseUrl?: string): Promise<string>
  /** Stores an image for a later send; returns its media id. */
  addImage(bytes: Buffer): Promise<string>
  /** The customer opens the chat: delivered messages become read. Returns their number. */
  readChat(phoneNumberId: string, customerId: string): number
  /** Reports a status for one of the shop's messages, also a late or repeated one. */
  setStatus(wamid: string, status: Exclude<ChatStatus, 'accepted'>, errorCode?: number): void
  schedule(): Schedule
  setSchedule(change: Partial<Schedule>): void
  faults(): Fault[]
  addFault(fault: FaultInput): void
  clearFaults(): void
  templates(): readonly Template[]
  /** Approves, rejects, pauses or disables a template, as Meta's reviewers and its quality rating do. */
  changeTemplate(id: string, change: TemplateChange): Template
  setTemplateQuality(id: string, quality: QualityScore): Template
  /** Meta moves the template to another category. */
  setTemplateCategory(id: string, category: string): Template
  review(): Review
  /** Sets the decision about templates that are submitted from now on. */
  setReview(change: Partial<Review>): void
  /** The customer stops or resumes marketing from this number; the shop receives a webhook. */
  setMarketing(phoneNumberId: string, customerId: string, stopped: boolean): void
  isMarketingStopped(phoneNumberId: string, customerId: string): boolean
  deliveries: Pick<WebhookDeliveries, 'hold' | 'release' | 'configure' | 'redeliver'> & {
    attempts(): readonly Attempt[]
  }
  /** Shifts the emulator's clock, in ms from real time: a service window can be closed at once. */
  setClockOffset(ms: number): void
  /** Verifies the webhook with a challenge, as Meta does when a callback URL is set. */
  verifyWebhook(): Promise<HandshakeResult>
  /** Resolves when no status or review is due and every webhook is delivered. */
  settled(): Promise<void>
  /** Deletes chats, undelivered webhooks and faults, and resets the clock; customers and templates stay. */
  reset(): void
}

export type ControlOptions = {
  numbers: readonly ShopNumber[]
  webhookUrl: () => string
  verifyToken: string
  store: Store
  media: MediaStore
  deliveries: WebhookDeliveries
  progression: StatusProgression
  faults: Faults
  library: Library
  clock: { now: () => number; setOffset: (ms: number) => void }
  initialSchedule: Schedule
  initialReview: Review
}

const challenge = '1158201444'

export function createControl(options: ControlOptions): EmulatorControl {
  const { store, deliveries, progression, faults, library, media, clock } = options
  const act = createCustomerActions({ store, deliveries, media, now: clock.now })

  function numberOf(phoneNumberId: string): ShopNumber {
    const number = options.numbers.find((candidate) => candidate.phoneNumberId === phoneNumberId)
    if (number === undefined) throw new ActionError('There is no such shop number')
    return number
  }

  function customerOf(id: string): Customer {
    const customer = store.customer(id)
    if (customer === undefined) throw new ActionError('There is no such customer')
    return customer
  }

  function templateOf(id: string): Template {
    const template = library.find(id)
    if (template === undefined) throw new ActionError('There is no such template')
    return template
  }

  return {
    numbers: options.numbers,
    customers: store.customers,
    addCustomer({ name, phone, username }) {
      const waId = phone?.replace(/\D/g, '')
      const handle = username === undefined ? undefined : `@${username.replace(/^@/, '')}`
      if (waId === undefined && handle === undefined) throw new ActionError('Give a phone number or a user name')
      const known = store
        .customers()
        .find((c) => (waId ? c.waId === waId : c.waId === undefined && c.username === handle))
      return known ?? store.addCustomer({ name, waId, username: handle })
    },
    chat: store.chat,
    messages: store.messages,
    async act(phoneNumberId, customerId, action, baseUrl) {
      const base = baseUrl ?? new URL(options.webhookUrl()).origin
      return act(numberOf(phoneNumberId), customerOf(customerId), actionSchema.parse(action), base)
    },
    async addImage(bytes) {
      if (bytes.length > imageBytes) throw new ActionError('An image may have at most 5 MB')
      if (sniffImage(bytes) === undefined) throw new ActionError('Only JPEG, PNG and WebP images can be sent')
      return (await media.add(bytes)).id
    },
    readChat: (phoneNumberId, customerId) => progression.readChat(phoneNumberId, customerId),
    setStatus(wamid, status, errorCode) {
      const message = store.message(wamid)
      if (message?.from !== 'shop') throw new ActionError('The shop has sent no such message')
      progression.reportStatus(message, status, errorCode)
    },
    schedule: progression.schedule,
    setSchedule: progression.setSchedule,
    faults: faults.list,
    addFault: faults.add,
    clearFaults: faults.clear,
    templates: store.templates,
    changeTemplate(id, change) {
      library.change(templateOf(id), change)
      return templateOf(id)
    },
    setTemplateQuality(id, quality) {
      library.setQuality(templateOf(id), quality)
      return templateOf(id)
    },
    setTemplateCategory(id, category) {
      library.setCategory(templateOf(id), category)
      return templateOf(id)
    },
    review: library.review,
    setReview: library.setReview,
    setMarketing(phoneNumberId, customerId, stopped) {
      const number = numberOf(phoneNumberId)
      const customer = customerOf(customerId)
      store.stopMarketing(phoneNumberId, customerId, stopped)
      const value = preferenceValue(number, customer, clock.now(), stopped)
      deliveries.enqueue({
        id: store.nextNumber(),
        queueKey: chatKey(phoneNumberId, customerId),
        wamids: [],
        changes: [{ wabaId: number.wabaId, field: 'user_preferences', value }],
      })
    },
    isMarketingStopped: store.isMarketingStopped,
    deliveries,
    setClockOffset: clock.setOffset,
    async verifyWebhook() {
      const url = new URL(options.webhookUrl())
      url.searchParams.set('hub.mode', 'subscribe')
      url.searchParams.set('hub.challenge', challenge)
      url.searchParams.set('hub.verify_token', options.verifyToken)
      try {
        const response = await request(url, { signal: AbortSignal.timeout(5_000) })
        const body = await response.body.text()
        return { ok: response.statusCode === 200 && body === challenge, status: response.statusCode }
      } catch (error) {
        return { ok: false, status: error instanceof Error ? error.message : 'failed' }
      }
    },
    async settled() {
      // A delivered message may cause another send, so all three must be idle at once.
      do {
        await library.settled()
        await progression.settled()
        await deliveries.settled()
      } while (!progression.isIdle() || !library.isIdle())
    },
    reset() {
      progression.clear()
      progression.setSchedule(options.initialSchedule)
      library.setReview(options.initialReview)
      deliveries.clear()
      faults.clear()
      media.clear()
      clock.setOffset(0)
      store.reset()
    },
  }
}
