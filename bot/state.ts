import * as z from 'zod'
import { paymentMethods } from './storefront.ts'

const quantities = z.record(z.string().max(64), z.int().min(0).max(9999))

const Checkout = z.object({
  fulfilment: z.enum(['DELIVERY', 'PICKUP']),
  address: z.string().max(500).nullable(),
  /** The total shown to the customer, in minor units; null until the summary is sent. */
  total: z.int().nullable(),
  /** The chosen payment method; null for the shop's default. */
  method: z.enum(paymentMethods).nullable().default(null),
})

const ConversationState = z.object({
  v: z.literal(1),
  /** The customer chose a language: it stays, whatever language they write in. */
  languageChosen: z.boolean(),
  /** The command that takes the next free text as its last argument. */
  expecting: z.object({ command: z.string().max(40), args: z.array(z.string().max(64)).max(4) }).nullable(),
  checkout: Checkout.nullable(),
  /** The cart as last shown, quantity by variant id; it distinguishes a replay from a first attempt. */
  cart: quantities,
  lastAddress: z.string().max(500).nullable(),
  lastOrderId: z.string().max(64).nullable(),
  /** The customer opted out of marketing messages. */
  optedOut: z.boolean().default(false),
  /** Consecutive messages that were not understood. */
  misses: z.int().min(0).max(9),
  /** The choices of the last reply, so that a typed number or title selects one too. */
  choices: z.array(z.object({ id: z.string().max(256), title: z.string().max(24) })).max(10),
})

export type Checkout = z.infer<typeof Checkout>
export type State = z.infer<typeof ConversationState>

/** The most lines of a cart that the state keeps. */
export const MAX_REMEMBERED_LINES = 60

export const freshState = (): State => ({
  v: 1,
  languageChosen: false,
  expecting: null,
  checkout: null,
  cart: {},
  lastAddress: null,
  lastOrderId: null,
  optedOut: false,
  misses: 0,
  choices: [],
})

/** The stored state; a fresh one when it is missing, of another version, or damaged, so that a conversation never breaks. */
export const loadState = (stored: unknown): State => {
  const parsed = ConversationState.safeParse(stored)
  return parsed.success ? parsed.data : freshState()
}
