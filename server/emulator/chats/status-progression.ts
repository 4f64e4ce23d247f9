import { setTimeout as sleep } from 'node:timers/promises'

import * as z from 'zod'

import { SERVICE_WINDOW_MS } from '../../whatsapp/service-window.ts'
import type { WebhookDeliveries } from '../webhooks/deliveries.ts'
import type { Pricing } from '../webhooks/envelope.ts'
import { statusValue } from '../webhooks/envelope.ts'
import type { ChatMessage, ChatStatus, ShopNumber } from '../state/model.ts'
import { chatKey } from '../state/model.ts'
import type { Store } from '../state/store.ts'

const step = z.number().int().min(0).max(3_600_000).nullable()
/** Milliseconds from one status to the next; null leaves a step, and all later ones, to the control API. */
export const scheduleSchema = z.object({ sentMs: step, deliveredMs: step, readMs: step })
export type Schedule = z.infer<typeof scheduleSchema>

const ranks: Record<ChatStatus, number> = { accepted: 0, sent: 1, delivered: 2, read: 3, failed: 4 }

/** Free service messages of one number in a calendar month (Meta, "Pricing", since October 2026). */
const freeServiceMessages = 1000

export type StatusProgressionOptions = {
  store: Store
  deliveries: WebhookDeliveries
  number: (phoneNumberId: string) => ShopNumber | undefined
  now: () => number
  schedule: Schedule
}

/** Advances the shop's messages: accepted → sent → delivered → read, or failed. Each step posts a status webhook. */
export function createStatusProgression(options: StatusProgressionOptions) {
  const { store, deliveries } = options
  const stop = new AbortController()
  const pendingSteps = new Set<Promise<void>>()
  let { schedule } = options
  let epoch = 0

  /** Posts a status webhook. A recipient without WhatsApp has no customer, only a `waId`. */
  function postStatus(
    message: Pick<ChatMessage, 'wamid' | 'opaqueId' | 'phoneNumberId'>,
    recipient: { customerId?: string | undefined; waId?: string | undefined },
    change: { status: ChatStatus; errorCode?: number | undefined; pricing?: Pricing | undefined },
  ): void {
    const number = options.number(message.phoneNumberId)
    if (number === undefined) return
    const customer = recipient.customerId === undefined ? undefined : store.customer(recipient.customerId)
    const waId = customer?.waId ?? recipient.waId
    const value = statusValue(number, { customer, waId }, message, { ...change, at: options.now() })
    deliveries.enqueue({
      id: store.nextNumber(),
      queueKey: chatKey(message.phoneNumberId, recipient.customerId ?? waId ?? ''),
      wamids: [message.wamid],
      changes: [{ wabaId: number.wabaId, field: 'messages', value }],
    })
  }

  /** Marketing and authentication always cost; others are free inside the service window, up to the monthly allowance. */
  function priceOf(message: ChatMessage): Pricing {
    const { category = 'service', phoneNumberId, customerId } = message
    if (category === 'marketing' || category === 'authentication') return { type: 'regular', category }
    const last = store.lastInboundAt(phoneNumberId, customerId)
    const open = last !== undefined && options.now() - last <= SERVICE_WINDOW_MS
    const count = store.countServiceMessage(phoneNumberId, options.now())
    return { type: open && count <= freeServiceMessages ? 'free_customer_service' : 'regular', category }
  }

  /** Reports the status to the shop, also out of order, and advances the message if the status is higher. */
  function reportStatus(message: ChatMessage, status: ChatStatus, errorCode?: number): void {
    const isFinal = status === 'failed' && ranks[message.status] >= ranks.delivered
    const advances = ranks[status] > ranks[message.status] && !isFinal
    if (advances) store.updateMessage(message, { status, ...(errorCode === undefined ? {} : { errorCode }) })
    postStatus(message, message, { status, errorCode, ...(status === 'sent' ? { pricing: priceOf(message) } : {}) })
  }

  /** Waits for one step of the schedule and reports it; false when the message must not advance further. */
  async function advanceTo(message: ChatMessage, status: ChatStatus, ms: number | null): Promise<boolean> {
    const started = epoch
    if (ms === null) return false
    if (ms > 0) await sleep(ms, undefined, { signal: stop.signal, ref: false }).catch(() => undefined)
    if (stop.signal.aborted || epoch !== started || message.status === 'failed') return false
    if (ranks[message.status] < ranks[status]) reportStatus(message, status)
    return true
  }

  async function advance(message: ChatMessage): Promise<void> {
    for (const status of ['sent', 'delivered', 'read'] as const) {
      if (!(await advanceTo(message, status, schedule[`${status}Ms`]))) return
    }
  }

  function track(promise: Promise<void>): void {
    const tracked = promise.finally(() => pendingSteps.delete(tracked))
    pendingSteps.add(tracked)
  }

  return {
    start: (message: ChatMessage): void => track(advance(message)),
    /** The message fails at the moment at which `sent` would be reported. */
    startFailing(message: ChatMessage, errorCode: number): void {
      const fail = async () => {
        const started = epoch
        await sleep(schedule.sentMs ?? 0, undefined, { signal: stop.signal, ref: false }).catch(() => undefined)
        if (!stop.signal.aborted && epoch === started) reportStatus(message, 'failed', errorCode)
      }
      track(fail())
    },
    reportStatus,
    postStatus,
    /** The customer opens the chat: all delivered messages become read. */
    readChat(phoneNumberId: string, customerId: string): number {
      const unread = store
        .chat(phoneNumberId, customerId)
        .filter((m) => m.from === 'shop' && (m.status === 'sent' || m.status === 'delivered'))
      for (const message of unread) reportStatus(message, 'read')
      return unread.length
    },
    /** Continues the progression of messages after a restart. */
    resume(): void {
      for (const message of store.messages()) {
        if (message.from === 'shop' && (message.status === 'accepted' || message.status === 'sent')) {
          track(advance(message))
        }
      }
    },
    schedule: (): Schedule => schedule,
    setSchedule(change: Partial<Schedule>): void {
      schedule = { ...schedule, ...change }
    },
    clear(): void {
      epoch += 1
    },
    isIdle: (): boolean => pendingSteps.size === 0,
    async settled(): Promise<void> {
      await Promise.all(pendingSteps)
    },
    async close(): Promise<void> {
      stop.abort()
      await Promise.all(pendingSteps)
    },
  }
}
export type StatusProgression = ReturnType<typeof createStatusProgression>
