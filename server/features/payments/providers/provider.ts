import type { IncomingHttpHeaders } from 'node:http'
import type { AppContext } from '../../../context.ts'
import type { PaymentMethod } from '../../../generated/prisma/enums.ts'

/** A checkout to open. `amount` in minor units. */
export type CheckoutRequest = {
  merchantId: string
  paymentId: string
  amount: number
  currency: string
  shopName: string
  orderNumber: number
  /** BCP 47 tag of the customer. */
  locale: string
  /** Where the page may lead back to. */
  returnUrl: string | null
  expiresAt: Date | null
}

/** What the provider calls the checkout, and where the customer pays. */
export type Checkout = { providerRef: string; checkoutUrl: string }

/** What the provider says of a checkout. `amount` in minor units is what was really taken, or is to be. */
export type ProviderStatus = {
  status: 'PENDING' | 'AUTHORIZED' | 'CAPTURED' | 'FAILED'
  amount: number
  currency: string
  /** Why it failed, in words for the shop. */
  detail: string | null
}

/** A verified message of a provider. The same `id` told twice is one message. */
export type ProviderEvent = { id: string; type: string; providerRef: string; reported: ProviderStatus; payload: object }

/** The message is not from the provider, too old, or not what it promises to send. `status` is the HTTP answer. */
export class WebhookRefusedError extends Error {
  readonly status: 400 | 401
  constructor(status: 400 | 401, message: string) {
    super(message)
    this.name = 'WebhookRefusedError'
    this.status = status
  }
}

/** A provider that people see with their own eyes: there is nothing to ask and nobody who writes to us. */
export type OfflineProvider = { kind: 'OFFLINE'; name: string; method: PaymentMethod }

/** A provider with a page to pay on. To add one, implement this and list it in registry.ts. */
export type HostedProvider = {
  kind: 'HOSTED'
  /** Lower-case; kept with the payment and part of the webhook's address. */
  name: string
  method: PaymentMethod
  /** Opens a checkout, or answers the one already open for this payment. Never called inside a transaction. */
  start: (app: AppContext, request: CheckoutRequest) => Promise<Checkout>
  /** Reads the status of a checkout. Never called inside a transaction. */
  read: (app: AppContext, checkout: { merchantId: string; providerRef: string }) => Promise<ProviderStatus>
  /** Lets nobody pay on the page any more. What was paid before stays paid. Harmless when it is closed already. */
  close: (app: AppContext, checkout: { merchantId: string; providerRef: string }) => Promise<void>
  /**
   * Verifies a webhook over its raw bytes and reads it.
   *
   * @throws WebhookRefusedError when it is not from the provider, or is nothing we understand.
   */
  readWebhook: (app: AppContext, raw: Buffer, headers: IncomingHttpHeaders) => ProviderEvent
}

export type PaymentProvider = OfflineProvider | HostedProvider
