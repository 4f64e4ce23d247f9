import type { ShopLocale } from './i18n/format.ts'
import type { Money, PaymentMethod } from './storefront.ts'

/** The customer's message, by the kinds that the bot distinguishes. */
export type Incoming =
  | { kind: 'text'; text: string }
  | { kind: 'choice'; id: string; title: string }
  | { kind: 'location'; latitude: number; longitude: number; name: string | null; address: string | null }
  | { kind: 'cart'; items: readonly { sku: string; quantity: number }[] }
  | { kind: 'image'; caption: string | null }
  /** Any other kind, by its name: audio, sticker, reaction, … */
  | { kind: 'other'; name: string }

/** One customer message to answer, with its customer and merchant. */
export type Turn = {
  id: string
  /** 1 for the first attempt; more when an earlier attempt was lost, whose commands may have been executed. */
  attempt: number
  /** The id of the message, for proofs of payment and problem reports. */
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
    /** The payment methods that the shop accepts, its default first. */
    paymentMethods: readonly PaymentMethod[]
    /** The account for bank transfers, as free text. */
    bankDetails: string | null
  }
}
