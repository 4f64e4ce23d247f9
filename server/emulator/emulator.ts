import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'

import type { FastifyInstance, FastifyPluginAsync } from 'fastify'

import type { EmulatorAccess } from './access/emulator-access.ts'
import { registerControlApi } from './control/control-api.ts'
import type { EmulatorControl, NewCustomer } from './control/control.ts'
import { createControl } from './control/control.ts'
import { createWebhookDeliveries } from './webhooks/deliveries.ts'
import { createFaults } from './chats/faults.ts'
import { registerGraphApi } from './graph/graph-api.ts'
import type { Schedule } from './chats/status-progression.ts'
import { createStatusProgression } from './chats/status-progression.ts'
import { createMedia } from './media/media-store.ts'
import type { ChatMessage, ShopNumber } from './state/model.ts'
import { chatKey } from './state/model.ts'
import { createMessageImages } from './media/message-images.ts'
import type { RateOptions } from './chats/rate-limits.ts'
import { createRates } from './chats/rate-limits.ts'
import { createSending } from './chats/sending.ts'
import { registerSignIn } from './access/sign-in.ts'
import { createSocket } from './chats/socket.ts'
import { createStore } from './state/store.ts'
import { createLibrary } from './templates/library.ts'
import type { Review } from './templates/model.ts'

export type EmulatorOptions = {
  appSecret: string
  verifyToken: string
  accessToken: string
  /** Who may use the phone page's socket and the control API. */
  access: EmulatorAccess
  /** Asked at every delivery, so it may become known after the emulator is made. */
  webhookUrl: () => string
  numbers: readonly ShopNumber[]
  /** Where chats, customers and undelivered webhooks are kept; in memory only without it. */
  dataFile?: string
  /** Made when there are no customers yet. */
  customers?: readonly NewCustomer[]
  /** When statuses follow each other; by default soon, and `read` when the phone page shows the chat. */
  schedule?: Partial<Schedule>
  /** How submitted templates are decided about; by default they are approved after a moment. */
  review?: Partial<Review>
  /** Off by default. */
  rates?: RateOptions
  /** Waits between tries of a webhook, in ms; the last one repeats until `giveUpMs` has passed. */
  retryMs?: readonly number[]
  giveUpMs?: number
  /** Refuse a send outside the 24 h window at once instead of by a `failed` status. */
  syncWindow?: boolean
  /** Makes all ids repeatable. */
  seed?: string
  logger?: { warn: (details: object, message: string) => void }
}

export type Emulator = {
  /** Register it on the root: its routes all begin with `/_emulator`. */
  plugin: FastifyPluginAsync
  /** True when the upgrade was for the emulator, which then owns the socket. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean
  control: EmulatorControl
  /** Stops timers and deliveries and writes the last state; call it once the server no longer takes requests. */
  close(): Promise<void>
}

const defaultCustomers: readonly NewCustomer[] = [
  { name: 'Customer 1', phone: '+1 555 010 0101' },
  { name: 'Customer 2', phone: '+1 555 010 0102' },
]
const defaultSchedule: Schedule = { sentMs: 60, deliveredMs: 240, readMs: null }
const defaultReview: Review = { decision: 'APPROVE', reason: 'INVALID_FORMAT', afterMs: 1_500 }
const defaultRetryMs = [200, 500, 1_000, 2_000, 5_000, 10_000]
const typingMs = 25_000

/**
 * A WhatsApp Cloud API that lives in this process: the endpoints that Storeline calls, signed webhooks, and customers who
 * act on command. The production client cannot tell it from Meta's. Never to be mounted beside real credentials.
 */
export function createEmulator(options: EmulatorOptions): Emulator {
  let offsetMs = 0
  const clock = {
    now: () => Date.now() + offsetMs,
    setOffset: (ms: number) => {
      offsetMs = ms
    },
  }
  const initialSchedule = { ...defaultSchedule, ...options.schedule }
  const store = createStore({ dataFile: options.dataFile, seed: options.seed })
  const folder = options.dataFile === undefined ? undefined : `${options.dataFile}.media`
  const media = createMedia({ folder, nextId: store.nextId })
  const deliveries = createWebhookDeliveries({
    webhookUrl: options.webhookUrl,
    appSecret: options.appSecret,
    store,
    retryMs: options.retryMs ?? defaultRetryMs,
    giveUpMs: options.giveUpMs ?? 60 * 60_000,
    onDelivered: markDelivered,
    warn: (details, message) => options.logger?.warn(details, message),
  })
  const number = (id: string) => options.numbers.find((candidate) => candidate.phoneNumberId === id)
  const progression = createStatusProgression({ store, deliveries, number, now: clock.now, schedule: initialSchedule })
  const faults = createFaults()
  const rates = createRates(options.rates ?? {})
  const initialReview = { ...defaultReview, ...options.review }
  const library = createLibrary({ store, deliveries, now: clock.now, review: initialReview })
  const send = createSending({
    store,
    progression,
    faults,
    rates,
    library,
    now: clock.now,
    syncWindow: options.syncWindow ?? false,
  })
  const control = createControl({
    ...options,
    store,
    media,
    deliveries,
    progression,
    faults,
    library,
    clock,
    initialSchedule,
    initialReview,
  })
  const { access } = options
  const socket = createSocket(store, access)

  const typingUntil = new Map<string, number>()
  const stopTyping = store.subscribe((event) => {
    if (event.type !== 'typing') return
    typingUntil.set(chatKey(event.phoneNumberId, event.customerId), event.typing ? Date.now() + typingMs : 0)
  })

  /** The customer's second tick: the shop has taken the message. */
  function markDelivered(wamids: readonly string[]): void {
    for (const wamid of wamids) {
      const message = store.message(wamid)
      if (message?.from === 'customer' && message.status === 'sent') {
        store.updateMessage(message, { status: 'delivered' })
      }
    }
  }

  /** Reading one message reads those before it; the typing dots go with the answer, or after 25 s. */
  function markRead(message: ChatMessage, typing: boolean): void {
    const { phoneNumberId, customerId } = message
    for (const earlier of store.chat(phoneNumberId, customerId)) {
      if (earlier.at > message.at) break
      if (earlier.from === 'customer' && earlier.status !== 'read') store.updateMessage(earlier, { status: 'read' })
    }
    if (typing) store.emit({ type: 'typing', phoneNumberId, customerId, typing: true })
  }

  if (store.customers().length === 0) {
    for (const customer of options.customers ?? defaultCustomers) control.addCustomer(customer)
  }
  deliveries.resume()
  progression.resume()
  library.resume()

  async function plugin(app: FastifyInstance): Promise<void> {
    // An open socket would keep the server from closing.
    app.addHook('preClose', socket.close)
    app.removeAllContentTypeParsers()
    app.addContentTypeParser(
      'application/json',
      { parseAs: 'string', bodyLimit: 512 * 1024 },
      app.getDefaultJsonParser('error', 'error'),
    )
    app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
    await app.register(
      async (graph) => {
        const api = registerGraphApi(graph, { ...options, store, media, send, markRead, library })
        graph.addHook('preClose', async () => api.close())
      },
      { prefix: '/_emulator' },
    )
    await app.register(
      async (scope) =>
        registerControlApi(scope, {
          access,
          control,
          message: store.message,
          messageImage: createMessageImages(media),
          isTyping: (phoneNumberId, customerId) =>
            (typingUntil.get(chatKey(phoneNumberId, customerId)) ?? 0) > Date.now(),
        }),
      { prefix: '/_emulator/control' },
    )
    registerSignIn(app, access)
  }

  return {
    plugin,
    handleUpgrade: socket.handleUpgrade,
    control,
    async close() {
      stopTyping()
      await socket.close()
      await progression.close()
      await library.close()
      await deliveries.close()
      await store.close()
    },
  }
}
