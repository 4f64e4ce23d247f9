import type { MessagePurpose } from '../../../generated/prisma/enums.ts'

/** The policy for a message whose send had no answer and for which no status arrived. */
export type SendingPolicy = {
  /** How often the message is sent again automatically, at most once, before it becomes UNKNOWN. */
  repeats: 0 | 1
  /** The reason, printed in the documentation. */
  why: string
}

/**
 * For each purpose of a message, whether an unanswered send is repeated: it may then arrive twice. Staff see every UNKNOWN
 * message and may send it again. docs/operators.md prints this table.
 */
export const SENDING_POLICIES = {
  REPLY: {
    repeats: 0,
    why: 'A reply, of the bot or of staff: a duplicate confuses the customer, who can ask again.',
  },
  RECEIPT: { repeats: 1, why: 'The confirmation of an order, or a receipt: the customer relies on it.' },
  ORDER_NOTICE: {
    repeats: 1,
    why: 'A notice about an order or a payment: the customer acts on it, for example by coming to the shop.',
  },
  SHOP_NOTICE: { repeats: 0, why: 'A notice about the conversation itself, such as a handoff to a human.' },
  TEMPLATE: { repeats: 0, why: 'A template sent by staff or a partner: a duplicate costs money and looks like spam.' },
} satisfies Record<MessagePurpose, SendingPolicy>

/** The schedule, in ms, on which an unanswered send is reconciled with statuses; from MESSAGE_RECONCILE_SECONDS. */
export type Reconciliation = {
  /** Growing pauses between two checks of a message. */
  pausesMs: readonly number[]
  /** From the start of an attempt until it counts as unanswered. */
  totalMs: number
  /** How long later messages of the conversation wait: longer than the timeout of the request to WhatsApp. */
  holdMs: number
}

export function reconciliationOf(seconds: readonly number[]): Reconciliation {
  const pausesMs = seconds.map((pause) => pause * 1000)
  return { pausesMs, totalMs: pausesMs.reduce((sum, pause) => sum + pause, 0), holdMs: pausesMs[0] ?? 0 }
}

/** The wait in ms, at least 10, before the next check of an attempt that began `elapsedMs` ago. */
export function nextCheckMs({ pausesMs }: Reconciliation, elapsedMs: number): number {
  let checkMs = 0
  for (const pause of pausesMs) {
    checkMs += pause
    if (checkMs > elapsedMs) break
  }
  return Math.max(10, Math.ceil(checkMs - elapsedMs))
}
