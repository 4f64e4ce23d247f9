import { z } from 'zod'
import { paymentMethods } from './storefront.ts'

const quantities = z.record(z.string().max(64), z.int().min(0).max(9999))

const Checkout = z.object({
  fulfilment: z.enum(['DELIVERY', 'PICKUP']),
  address: z.string().max(500).nullable(),
  /** Minor units the customer was shown; null until the summary was sent. */
  total: z.int().nullable(),
  /** How it will be paid; null for the shop's usual way. */
  method: z.enum(paymentMethods).nullable().default(null),
})

const ConversationState = z.object({
  v: z.literal(1),
  /** The customer named a language: it is kept whatever they write in. */
  languageChosen: z.boolean(),
  /** The command that reads the next free text as its last argument. */
  expecting: z.object({ command: z.string().max(40), args: z.array(z.string().max(64)).max(4) }).nullable(),
  checkout: Checkout.nullable(),
  /** The cart as last shown, quantity by variant; tells a repeated turn from a first one. */
  cart: quantities,
  lastAddress: z.string().max(500).nullable(),
  lastOrderId: z.string().max(64).nullable(),
  /** The customer said that they want no advertising. */
  optedOut: z.boolean().default(false),
  /** Messages in a row that were not understood. */
  misses: z.int().min(0).max(9),
  /** What was offered last, so that a typed number or title chooses too. */
  choices: z.array(z.object({ id: z.string().max(256), title: z.string().max(24) })).max(10),
})

export type Checkout = z.infer<typeof Checkout>
export type State = z.infer<typeof ConversationState>

/** How many lines of a cart the memory keeps. */
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

/** The stored state, or a fresh one when it is missing, of another version, or damaged: a conversation never breaks. */
export const loadState = (stored: unknown): State => {
  const parsed = ConversationState.safeParse(stored)
  return parsed.success ? parsed.data : freshState()
}
