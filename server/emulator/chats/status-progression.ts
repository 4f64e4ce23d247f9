import { setTimeout as sleep } from 'node:timers/promises'

import { z } from 'zod'

import { SERVICE_WINDOW_MS } from '../../whatsapp/service-window.ts'
import type { WebhookDeliveries } from '../webhooks/deliveries.ts'
import type { Pricing } from '../webhooks/envelope.ts'
import { statusValue } from '../webhooks/envelope.ts'
import type { ChatMessage, ChatStatus, ShopNumber } from '../state/model.ts'
import { chatKey } from '../state/model.ts'
import type { Store } from '../state/store.ts'

const step = z.number().int().min(0).max(3_600_000).nullable()
/** Milliseconds from one status to the next; null leaves a step, and all after it, to be set by hand. */
export const scheduleSchema = z.object({ sentMs: step, deliveredMs: step, readMs: step })
export type Schedule = z.infer<typeof scheduleSchema>

const ranks: Record<ChatStatus, number> = { accepted: 0, sent: 1, delivered: 2, read: 3, failed: 4 }

/** Messages of one number that cost nothing in a calendar month (Meta, "Pricing", since October 2026). */
const freeServiceMessages = 1000

export type StatusProgressionOptions = {
  store: Store
  deliveries: WebhookDeliveries
  number: (phoneNumberId: string) => ShopNumber | undefined
  now: () => number
  schedule: Schedule
}

/** Moves the shop's messages up: accepted → sent → delivered → read, or to failed, telling the shop of each step. */
export function createStatusProgression(options: StatusProgressionOptions) {
  const { store, deliveries } = options
  const stop = new AbortController()
  const pendingSteps = new Set<Promise<void>>()
  let { schedule } = options
  let epoch = 0

  /** A recipient who is on no WhatsApp has no customer, and then `waId` is all that is known. */
  function tell(
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

  /** Marketing and authentication always cost; all else is free in an open window, up to a number in each month. */
  function priceOf(message: ChatMessage): Pricing {
    const { category = 'service', phoneNumberId, customerId } = message
    if (category === 'marketing' || category === 'authentication') return { type: 'regular', category }
    const last = store.lastInboundAt(phoneNumberId, customerId)
    const open = last !== undefined && options.now() - last <= SERVICE_WINDOW_MS
    const count = store.countServiceMessage(phoneNumberId, options.now())
    return { type: open && count <= freeServiceMessages ? 'free_customer_service' : 'regular', category }
  }

  /** Tells the shop of this status, whatever came before, and raises what the chat shows if it is higher. */
  function set(message: ChatMessage, status: ChatStatus, errorCode?: number): void {
    const done = status === 'failed' && ranks[message.status] >= ranks.delivered
    const advances = ranks[status] > ranks[message.status] && !done
    if (advances) store.updateMessage(message, { status, ...(errorCode === undefined ? {} : { errorCode }) })
    tell(message, message, { status, errorCode, ...(status === 'sent' ? { pricing: priceOf(message) } : {}) })
  }

  /** One step of the schedule; false when the message may not climb further. */
  async function advanceTo(message: ChatMessage, status: ChatStatus, ms: number | null): Promise<boolean> {
    const started = epoch
    if (ms === null) return false
    if (ms > 0) await sleep(ms, undefined, { signal: stop.signal, ref: false }).catch(() => undefined)
    if (stop.signal.aborted || epoch !== started || message.status === 'failed') return false
    if (ranks[message.status] < ranks[status]) set(message, status)
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
    /** After the moment at which `sent` would come, the message fails instead. */
    startFailing(message: ChatMessage, errorCode: number): void {
      const fail = async () => {
        const started = epoch
        await sleep(schedule.sentMs ?? 0, undefined, { signal: stop.signal, ref: false }).catch(() => undefined)
        if (!stop.signal.aborted && epoch === started) set(message, 'failed', errorCode)
      }
      track(fail())
    },
    set,
    tell,
    /** The customer sees the chat: everything that has arrived there is read. */
    readChat(phoneNumberId: string, customerId: string): number {
      const unread = store
        .chat(phoneNumberId, customerId)
        .filter((m) => m.from === 'shop' && (m.status === 'sent' || m.status === 'delivered'))
      for (const message of unread) set(message, 'read')
      return unread.length
    },
    /** Messages that were on their way when the emulator stopped go on. */
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
