import type {
  OrderPaymentStatus,
  PaymentAction,
  PaymentMethod,
  PaymentPartsFragment,
  PaymentStatus,
} from '../../generated/operations.ts'
import type { Tone } from '../../ui/Pill.tsx'

export const PAYMENT_LABELS: Record<OrderPaymentStatus, { label: string; tone: Tone }> = {
  UNPAID: { label: 'Not paid', tone: 'muted' },
  AWAITING: { label: 'Waiting for payment', tone: 'progress' },
  PROOF_SUBMITTED: { label: 'Check proof of payment', tone: 'attention' },
  PARTIALLY_PAID: { label: 'Partly paid', tone: 'progress' },
  PAID: { label: 'Paid', tone: 'good' },
  FAILED: { label: 'Payment failed', tone: 'bad' },
  REFUNDED: { label: 'Refunded', tone: 'muted' },
}

export const METHOD_NAMES: Record<PaymentMethod, string> = {
  CASH_ON_DELIVERY: 'Cash',
  BANK_TRANSFER: 'Bank transfer',
  ONLINE: 'Online',
}

/** The status of a payment, in a sentence. */
export const STATUS_SENTENCES: Record<PaymentStatus, string> = {
  CREATED: 'The payment link is being created.',
  PENDING: 'Waiting for the customer to pay.',
  PROOF_SUBMITTED: 'The customer sent proof of payment. Compare it with your bank account.',
  AUTHORIZED: 'Authorised by the payment provider, not yet collected.',
  CAPTURED: 'Paid.',
  FAILED: 'Declined.',
  EXPIRED: 'Expired: not paid in time.',
  CANCELLED: 'Cancelled.',
}

export const ACTION_LABELS: Record<PaymentAction, string> = {
  ACCEPT_PROOF: 'Mark as paid',
  REFUSE_PROOF: 'Reject…',
  MARK_COLLECTED: 'Mark as paid',
  CANCEL: 'Cancel payment',
}

/** The payment that the server selects as current: the open one, else the latest. */
export const currentPayment = (order: {
  payment?: { id: string } | null
  payments: PaymentPartsFragment[]
}): PaymentPartsFragment | undefined => order.payments.find(({ id }) => id === order.payment?.id)

/** The refundable amount of a payment, in minor units: captured minus refunded. */
export const refundableOf = ({ entries }: Pick<PaymentPartsFragment, 'entries'>): number =>
  entries.reduce((sum, entry) => sum + entry.amount.amount, 0)

/** The number of decimals of a currency (ISO 4217). */
export const decimalsOf = (currency: string): number =>
  new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2

/** A typed amount in minor units, rounded; null when it is not a positive amount. */
export function minorUnits(amount: number | string, currency: string): number | null {
  const value = typeof amount === 'number' ? amount : amount.trim() === '' ? Number.NaN : Number(amount)
  const minor = Math.round(value * 10 ** decimalsOf(currency))
  return Number.isSafeInteger(minor) && minor > 0 ? minor : null
}
