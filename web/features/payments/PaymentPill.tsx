import type { OrderPaymentStatus } from '../../generated/operations.ts'
import { Pill } from '../../ui/Pill.tsx'
import { PAYMENT_LABELS } from './payment-status.ts'

export function PaymentPill({ status }: { status: OrderPaymentStatus }) {
  return <Pill tone={PAYMENT_LABELS[status].tone}>{PAYMENT_LABELS[status].label}</Pill>
}
