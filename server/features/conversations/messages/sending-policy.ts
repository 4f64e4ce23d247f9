import type { MessagePurpose } from '../../../generated/prisma/enums.ts'

/** What happens to a message whose send had no answer and that no status has told of since. */
export type SendingPolicy = {
  /** How often it is sent again by itself, never more than once, before it is shown as UNKNOWN. */
  repeats: 0 | 1
  /** Why, for the documentation. */
  why: string
}

/**
 * Whether a message is rather sent once or rather twice, by what it is for. docs/operators.md prints it.
 *
 * One that is not repeated by itself may be sent again by staff, who see that it is unknown.
 */
export const SENDING_POLICIES = {
  REPLY: {
    repeats: 0,
    why: 'A reply, of the bot or of staff: said twice it confuses, and the customer can ask again.',
  },
  RECEIPT: { repeats: 1, why: 'The confirmation of an order, or a receipt: the customer counts on it.' },
  ORDER_NOTICE: {
    repeats: 1,
    why: 'A notice about an order or a payment: the customer acts on it, or comes for nothing.',
  },
  SHOP_NOTICE: { repeats: 0, why: 'A word of the shop about the chat itself, such as that a person takes over.' },
  TEMPLATE: { repeats: 0, why: 'A template sent by staff or a partner: twice it costs twice, and looks like spam.' },
} satisfies Record<MessagePurpose, SendingPolicy>

/** Times as a send without an answer needs them, in ms; from MESSAGE_RECONCILE_SECONDS. */
export type Reconciliation = {
  /** Pauses between looks at a message, growing. */
  pausesMs: readonly number[]
  /** From the beginning of a try until it counts as unanswered for good. */
  totalMs: number
  /** How long messages behind it wait in their conversation: longer than WhatsApp is given for its answer. */
  holdMs: number
}

export function reconciliationOf(seconds: readonly number[]): Reconciliation {
  const pausesMs = seconds.map((pause) => pause * 1000)
  return { pausesMs, totalMs: pausesMs.reduce((sum, pause) => sum + pause, 0), holdMs: pausesMs[0] ?? 0 }
}

/** How long to wait before the next look at a try that began `elapsedMs` ago; at least 10 ms. */
export function nextLookMs({ pausesMs }: Reconciliation, elapsedMs: number): number {
  let look = 0
  for (const pause of pausesMs) {
    look += pause
    if (look > elapsedMs) break
  }
  return Math.max(10, Math.ceil(look - elapsedMs))
}
