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
  /** Address that the checkout page links back to. */
  returnUrl: string | null
  expiresAt: Date | null
}

/** The provider's id of the checkout, and the address of its page. */
export type Checkout = { providerRef: string; checkoutUrl: string }

/** A checkout's status at the provider. `amount` in minor units is the captured amount, or the amount to capture. */
export type ProviderStatus = {
  status: 'PENDING' | 'AUTHORIZED' | 'CAPTURED' | 'FAILED'
  amount: number
  currency: string
  /** Reason of a failure, for staff. */
  detail: string | null
}

/** A verified webhook of a provider. Webhooks with the same `id` are one event. */
export type ProviderEvent = { id: string; type: string; providerRef: string; reported: ProviderStatus; payload: object }

/** The webhook has a wrong signature, is too old, or has an unknown shape. `status` is the HTTP status of the answer. */
export class WebhookRefusedError extends Error {
  readonly status: 400 | 401
  constructor(status: 400 | 401, message: string) {
    super(message)
    this.name = 'WebhookRefusedError'
    this.status = status
  }
}

/** A provider without API and webhooks: staff confirm its payments. */
export type OfflineProvider = { kind: 'OFFLINE'; name: string; method: PaymentMethod }

/** A provider with a checkout page. To add one, implement this type and list it in registry.ts. */
export type HostedProvider = {
  kind: 'HOSTED'
  /** Lower-case; stored with the payment, and the last segment of the webhook's path. */
  name: string
  method: PaymentMethod
  /** Opens a checkout, or returns the one already open for this payment. Never called inside a transaction. */
  start: (app: AppContext, request: CheckoutRequest) => Promise<Checkout>
  /** Reads the status of a checkout. Never called inside a transaction. */
  read: (app: AppContext, checkout: { merchantId: string; providerRef: string }) => Promise<ProviderStatus>
  /** Closes the checkout page. A payment made before stays paid. Idempotent. */
  close: (app: AppContext, checkout: { merchantId: string; providerRef: string }) => Promise<void>
  /**
   * Verifies the signature of a webhook over its raw bytes and parses it.
   *
   * @throws WebhookRefusedError when the signature is wrong or the shape unknown.
   */
  readWebhook: (app: AppContext, raw: Buffer, headers: IncomingHttpHeaders) => ProviderEvent
}

export type PaymentProvider = OfflineProvider | HostedProvider
