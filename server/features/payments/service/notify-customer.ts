import type { UnitOfWork } from '../../../unit-of-work/unit-of-work.ts'
import { sendOrderNotice } from '../../notices/order-notices.ts'
import type { NoticeName } from '../../templates/domain/notices.ts'

/** A notice about a payment with its values; `amount` in minor units, `dueAt` in ms since the epoch. */
export type PaymentNotice = {
  notice: Extract<NoticeName, `payment_${string}`>
  amount: number
  reason?: string | null
  dueAt?: number | null
  link?: string | null
  bankDetails?: string | null
}

/** Sends the customer a notice about a payment, in the transaction that changes the payment. */
export const notifyCustomer = (
  unit: UnitOfWork,
  { id: orderId, customerId }: { id: string; customerId: string },
  { notice, amount, reason, dueAt, link, bankDetails }: PaymentNotice,
): Promise<void> =>
  sendOrderNotice(unit, {
    notice,
    orderId,
    customerId,
    values: {
      amount,
      reason,
      due_at: dueAt == null ? null : new Date(dueAt),
      payment_link: link,
      bank_details: bankDetails,
    },
  })
