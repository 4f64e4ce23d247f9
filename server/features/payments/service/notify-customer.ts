import type { UnitOfWork } from '../../../unit-of-work/unit-of-work.ts'
import { sendOrderNotice } from '../../notices/order-notices.ts'
import type { NoticeName } from '../../templates/domain/notices.ts'

/** What a notice tells beside what every order has; `amount` in minor units, `dueAt` in ms since the epoch. */
export type PaymentNotice = {
  notice: Extract<NoticeName, `payment_${string}`>
  amount: number
  reason?: string | null
  dueAt?: number | null
  link?: string | null
  bankDetails?: string | null
}

/** Writes to the customer about the money of an order, in the transaction that moved it. */
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
