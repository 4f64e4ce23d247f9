import { setTimeout as sleep } from 'node:timers/promises'

import { Agent, request } from 'undici'

import { signBody } from '../../whatsapp/signature.ts'
import { envelopeBytes } from './envelope.ts'
import type { PendingDelivery } from '../state/model.ts'
import type { Store } from '../state/store.ts'

export type Attempt = { id: number; wamids: string[]; at: number; attempt: number; status: number | string }

export type WebhookDeliveryOptions = {
  webhookUrl: () => string
  appSecret: string
  store: Store
  /** Delays between attempts, in ms; the last one repeats. Meta retries for seven days; the emulator shortens this. */
  retryMs: readonly number[]
  /** Time from the first attempt in ms after which the emulator gives a delivery up. */
  giveUpMs: number
  /** Called when the receiver has accepted the webhook of these messages. */
  onDelivered: (wamids: readonly string[]) => void
  warn: (details: object, message: string) => void
}

const maxAttempts = 500
const maxHistory = 500

/**
 * Delivers signed webhooks. Each chat has a queue: its deliveries go one at a time and in order, retries included, and
 * independently of other queues. The store keeps undelivered webhooks, so they survive a restart.
 */
export function createWebhookDeliveries(options: WebhookDeliveryOptions) {
  const { store } = options
  const stop = new AbortController()
  const agent = new Agent({ keepAliveTimeout: 10_000, connections: 32, connect: { timeout: 3_000 } })
  const queues = new Map<string, PendingDelivery[]>()
  const running = new Set<string>()
  const attempts: Attempt[] = []
  const history: PendingDelivery[] = []
  const idleListeners = new Set<() => void>()
  const queueRuns = new Set<Promise<void>>()
  const inFlight = new Set<PendingDelivery>()
  let epoch = 0
  let held = false
  let extraCopies = 0
  let delayMs = 0

  const stopped = (): boolean => stop.signal.aborted
  const pause = (ms: number): Promise<void> =>
    sleep(ms, undefined, { signal: stop.signal, ref: false }).catch(() => undefined)

  async function post(delivery: PendingDelivery, attempt: number): Promise<boolean> {
    const body = envelopeBytes(delivery.changes)
    let status: number | string
    try {
      const response = await request(options.webhookUrl(), {
        dispatcher: agent,
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'user-agent': 'facebookexternalua',
          'x-hub-signature-256': signBody(body, options.appSecret),
        },
        body,
        signal: AbortSignal.any([stop.signal, AbortSignal.timeout(10_000)]),
      })
      status = response.statusCode
      await response.body.dump({ limit: 64 * 1024 })
    } catch (error) {
      status = error instanceof Error ? error.message || error.name : 'failed'
    }
    attempts.push({ id: delivery.id, wamids: delivery.wamids, at: Date.now(), attempt, status })
    if (attempts.length > maxAttempts) attempts.shift()
    return status === 200
  }

  /** Retries until the delivery is accepted, given up, or stopped; false when it was stopped. */
  async function deliverWithRetries(delivery: PendingDelivery): Promise<boolean> {
    const since = Date.now()
    const started = epoch
    for (let attempt = 0; !stopped(); attempt += 1) {
      if (delayMs > 0) await pause(delayMs)
      if (stopped()) return false
      if (epoch !== started) return true
      if (await post(delivery, attempt)) {
        options.onDelivered(delivery.wamids)
        for (let copy = 0; copy < extraCopies; copy += 1) await post(delivery, attempt)
        return true
      }
      if (Date.now() - since > options.giveUpMs) {
        options.warn({ wamids: delivery.wamids }, 'A webhook was given up: the receiver never answered 200')
        return true
      }
      await pause(options.retryMs[Math.min(attempt, options.retryMs.length - 1)] ?? 1000)
    }
    return false
  }

  async function drainQueue(queueKey: string): Promise<void> {
    const queue = queues.get(queueKey) ?? []
    const next = () => (held || stopped() ? undefined : queue[0])
    for (let delivery = next(); delivery !== undefined; delivery = next()) {
      inFlight.add(delivery)
      const finished = await deliverWithRetries(delivery)
      inFlight.delete(delivery)
      if (!finished) break
      // `clear` may have emptied the queue meanwhile.
      const index = queue.indexOf(delivery)
      if (index >= 0) queue.splice(index, 1)
      store.removePending(delivery.id)
    }
    running.delete(queueKey)
    if (queue.length === 0) queues.delete(queueKey)
    if (isIdle()) for (const resolve of idleListeners) resolve()
  }

  function startQueue(queueKey: string): void {
    if (running.has(queueKey)) return
    running.add(queueKey)
    const promise = drainQueue(queueKey).finally(() => queueRuns.delete(promise))
    queueRuns.add(promise)
  }

  const isIdle = (): boolean => running.size === 0 && (held || queues.size === 0)

  function queueDelivery(delivery: PendingDelivery): void {
    history.push(delivery)
    if (history.length > maxHistory) history.shift()
    const queue = queues.get(delivery.queueKey)
    if (queue) queue.push(delivery)
    else queues.set(delivery.queueKey, [delivery])
    if (!held) startQueue(delivery.queueKey)
  }

  function discardWaiting(): void {
    for (const [queueKey, queue] of queues) {
      if (running.has(queueKey)) queue.splice(1)
      else queues.delete(queueKey)
    }
  }

  return {
    enqueue(delivery: PendingDelivery): void {
      store.addPending(delivery)
      queueDelivery(delivery)
    },
    resume(): void {
      for (const delivery of store.pending()) queueDelivery(delivery)
    },
    attempts: (): readonly Attempt[] => attempts,
    configure(change: { extraCopies?: number | undefined; delayMs?: number | undefined }): void {
      extraCopies = change.extraCopies ?? extraCopies
      delayMs = change.delayMs ?? delayMs
    },
    /** Holds deliveries until `release`. A delivery in progress is finished. */
    hold(): void {
      held = true
    },
    /** Sends the held deliveries: in order, in reverse, or all in one POST. */
    release(order: { reverse?: boolean | undefined; batch?: boolean | undefined } = {}): void {
      held = false
      const waiting = [...queues.values()].flat().filter((delivery) => !inFlight.has(delivery))
      waiting.sort((a, b) => a.id - b.id)
      if (order.reverse) waiting.reverse()
      if ((!order.reverse && !order.batch) || waiting.length === 0) {
        for (const queueKey of queues.keys()) startQueue(queueKey)
        return
      }
      discardWaiting()
      for (const delivery of waiting) store.removePending(delivery.id)
      const queueKey = `release-${waiting[0]!.id}`
      const batch = {
        id: store.nextNumber(),
        queueKey,
        wamids: waiting.flatMap((delivery) => delivery.wamids),
        changes: waiting.flatMap((delivery) => delivery.changes),
      }
      for (const delivery of order.batch ? [batch] : waiting) {
        store.addPending({ ...delivery, queueKey })
        queueDelivery({ ...delivery, queueKey })
      }
    },
    /** Posts every webhook about this message again, `times` times, sequentially or at once. Returns the number of posts. */
    async redeliver(wamid: string, copies: { times: number; atOnce: boolean }): Promise<number> {
      const found = history.filter((delivery) => delivery.wamids.includes(wamid))
      const posts = Array.from({ length: copies.times }, () => found).flat()
      if (copies.atOnce) await Promise.all(posts.map((delivery) => post(delivery, 0)))
      else for (const delivery of posts) await post(delivery, 0)
      return posts.length
    },
    /** Discards the undelivered webhooks. */
    clear(): void {
      epoch += 1
      discardWaiting()
      history.length = 0
      attempts.length = 0
      held = false
      extraCopies = 0
      delayMs = 0
    },
    /** Resolves once no delivery is waiting or in progress (held ones do not count). */
    async settled(): Promise<void> {
      while (!isIdle() && !stopped()) {
        await new Promise<void>((resolve) => {
          const done = () => {
            idleListeners.delete(done)
            resolve()
          }
          idleListeners.add(done)
        })
      }
    },
    async close(): Promise<void> {
      stop.abort()
      for (const resolve of idleListeners) resolve()
      await agent.destroy()
      await Promise.all(queueRuns)
    },
  }
}

export type WebhookDeliveries = ReturnType<typeof createWebhookDeliveries>
