import type { UnitOfWork } from '../../../unit-of-work/unit-of-work.ts'
import type { OrderStatus } from '../../../generated/prisma/enums.ts'
import { capturePayment, cancelOpenPayments, readPayableOrder, type PayableOrder } from './change-payment.ts'

const CLOSING: readonly OrderStatus[] = ['CANCELLED', 'REJECTED', 'EXPIRED']

/**
 * Follows an order's new status `to` in its payments, in the transaction and under the lock of the order: a closed order
 * cancels its open payments, a delivered order captures its pending cash. Captured money stays in the ledger and shows as
 * `toRefund`.
 */
export async function closeOrCollectPayments(unit: UnitOfWork, orderId: string, to: OrderStatus): Promise<void> {
  if (!CLOSING.includes(to) && to !== 'DELIVERED') return
  const order = await readPayableOrder(unit.tx, orderId)
  if (!order) return
  if (to === 'DELIVERED') await collectCash(unit, order)
  else cancelOpenPayments(unit, order)
}

async function collectCash(unit: UnitOfWork, order: PayableOrder): Promise<void> {
  const open = order.payments.find(({ status, method }) => status === 'PENDING' && method === 'CASH_ON_DELIVERY')
  if (open) await capturePayment(unit, order, open, { move: 'MARK_COLLECTED', mover: 'SYSTEM', reference: 'delivered' })
}
