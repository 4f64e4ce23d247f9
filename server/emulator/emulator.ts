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
import { createSend } from './chats/sending.ts'
import { registerSignIn } from './access/sign-in.ts'
import { createSocket } from './chats/socket.ts'
import { createStore } from './state/store.ts'
import { createLibrary } from './templates/library.ts'
import type { Review } from './templates/model.ts'

export type EmulatorOptions = {
  appSecret: string
  verifyToken: string
  accessToken: string
  /** Admits users of the phone page's socket and of the control API. */
  access: EmulatorAccess
  /** Called at every delivery, so the URL may become known after the emulator is created. */
  webhookUrl: () => string
  numbers: readonly ShopNumber[]
  /** JSON file for chats, customers and undelivered webhooks; without it they stay in memory. */
  dataFile?: string
  /** Created when there are no customers yet. */
  customers?: readonly NewCustomer[]
  /** Delays of the statuses; by default short, and `read` follows when the phone page shows the chat. */
  schedule?: Partial<Schedule>
  /** Decision about submitted templates; by default they are approved after 1.5 s. */
  review?: Partial<Review>
  /** Meta's rate limits; off by default. */
  rates?: RateOptions
  /** Delays between the attempts of a webhook, in ms; the last one repeats until `giveUpMs` has passed. */
  retryMs?: readonly number[]
  giveUpMs?: number
  /** Refuse a send outside the service window at once instead of with a `failed` status. */
  refuseOutsideWindow?: boolean
  /** Makes all ids deterministic. */
  seed?: string
  logger?: { warn: (details: object, message: string) => void }
}

export type Emulator = {
  /** To be registered on the root: all its routes begin with `/_emulator`. */
  plugin: FastifyPluginAsync
  /** True when the upgrade is for the emulator, which then owns the socket. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean
  control: EmulatorControl
  /** Stops timers and deliveries and writes the last state; call it once the server accepts no more requests. */
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
 * A WhatsApp Cloud API in this process: the endpoints that Storeline calls, signed webhooks, and customers who act on
 * command. The production client cannot distinguish it from Meta's. Never mount it beside real credentials.
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
  const send = createSend({
    store,
    progression,
    faults,
    rates,
    library,
    now: clock.now,
    refuseOutsideWindow: options.refuseOutsideWindow ?? false,
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

  /** Sets the customer's second tick: the shop accepted the webhook of the message. */
  function markDelivered(wamids: readonly string[]): void {
    for (const wamid of wamids) {
      const message = store.message(wamid)
      if (message?.from === 'customer' && message.status === 'sent') {
        store.updateMessage(message, { status: 'delivered' })
      }
    }
  }

  /** Marks a message and all earlier ones as read; the typing indicator ends with the answer, or after 25 s. */
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
    // An open socket would prevent the server from closing.
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
