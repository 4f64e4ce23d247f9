import type { ShopLocale } from './i18n/format.ts'
import type { Money, PaymentMethod } from './storefront.ts'

/** What the customer sent, by what the bot can make of it. */
export type Incoming =
  | { kind: 'text'; text: string }
  | { kind: 'choice'; id: string; title: string }
  | { kind: 'location'; latitude: number; longitude: number; name: string | null; address: string | null }
  | { kind: 'cart'; items: readonly { sku: string; quantity: number }[] }
  | { kind: 'image'; caption: string | null }
  /** A kind known by name only: audio, sticker, reaction, … */
  | { kind: 'other'; name: string }

/** One customer message to answer, with what is known about who wrote to whom. */
export type Turn = {
  id: string
  /** 1 for the first try; more when an earlier try was lost, whose commands may already have been carried out. */
  attempt: number
  /** Names the message in what is handed on to people. */
  messageId: string
  message: Incoming
  /** As stored at the end of the previous turn; read it with `loadState`. */
  state: unknown
  /** `phone` in E.164 with "+"; `language` in BCP 47. */
  customer: { id: string; name: string; phone: string | null; language: string | null; optedOut: boolean }
  merchant: ShopLocale & {
    name: string
    deliveryFee: Money
    pickupAddress: string | null
    /** How customers may pay, the usual way first. */
    paymentMethods: readonly PaymentMethod[]
    /** Where to transfer to. */
    bankDetails: string | null
  }
}
