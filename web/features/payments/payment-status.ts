import type {
  OrderPaymentStatus,
  PaymentAction,
  PaymentMethod,
  PaymentPartsFragment,
  PaymentStatus,
} from '../../generated/operations.ts'
import type { Tone } from '../../ui/Pill.tsx'

export const PAYMENT_LOOKS: Record<OrderPaymentStatus, { label: string; tone: Tone }> = {
  UNPAID: { label: 'Not paid', tone: 'muted' },
  AWAITING: { label: 'Waiting for payment', tone: 'progress' },
  PROOF_SUBMITTED: { label: 'Check the transfer', tone: 'attention' },
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

/** What one payment is waiting for, or came to, in a sentence. */
export const STATUS_WORDS: Record<PaymentStatus, string> = {
  CREATED: 'The payment page is being prepared.',
  PENDING: 'Waiting for the customer.',
  PROOF_SUBMITTED: 'The customer sent an image. Compare it with your account.',
  AUTHORIZED: 'The provider has set the money aside.',
  CAPTURED: 'The money is there.',
  FAILED: 'It was declined.',
  EXPIRED: 'It was not paid in time.',
  CANCELLED: 'Called off.',
}

export const ACTION_LABELS: Record<PaymentAction, string> = {
  ACCEPT_PROOF: 'The money arrived',
  REFUSE_PROOF: 'Refuse…',
  MARK_COLLECTED: 'Mark as received',
  CANCEL: 'Call off',
}

/** The payment to show first: the open one or the latest, as the server chose it. */
export const currentPayment = (order: {
  payment?: { id: string } | null
  payments: PaymentPartsFragment[]
}): PaymentPartsFragment | undefined => order.payments.find(({ id }) => id === order.payment?.id)

/** What a payment still holds, in minor units. */
export const keptOf = ({ entries }: Pick<PaymentPartsFragment, 'entries'>): number =>
  entries.reduce((sum, entry) => sum + entry.amount.amount, 0)

/** How many decimals a currency is written with (ISO 4217). */
export const decimalsOf = (currency: string): number =>
  new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2

/** Minor units of an amount as people type it; null for what is none. Rounds what a float cannot hold. */
export function minorUnits(amount: number | string, currency: string): number | null {
  const value = typeof amount === 'number' ? amount : amount.trim() === '' ? Number.NaN : Number(amount)
  const minor = Math.round(value * 10 ** decimalsOf(currency))
  return Number.isSafeInteger(minor) && minor > 0 ? minor : null
}
