import type { OrderPaymentStatus } from '../../generated/operations.ts'
import { Pill } from '../../ui/Pill.tsx'
import { PAYMENT_LOOKS } from './payment-status.ts'

export function PaymentPill({ status }: { status: OrderPaymentStatus }) {
  return <Pill tone={PAYMENT_LOOKS[status].tone}>{PAYMENT_LOOKS[status].label}</Pill>
}
