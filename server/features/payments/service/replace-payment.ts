import type { PaymentMethod } from '../../../generated/prisma/enums.ts'
import type { UnitOfWork } from '../../../unit-of-work/unit-of-work.ts'
import { balanceOf, findTransition, isOpen, moverOf, PaymentNotPossibleError } from '../domain.ts'
import { cancelOpenPayments, moneyFactsOf, type PayableOrder } from './change-payment.ts'
import { insertPayment, planPayment } from './open-payment.ts'

/**
 * Cancels the order's open payment and opens one by `method`, under the lock of the order. An open payment by the same method
 * stays as it is, so that a customer never holds two links: `isNew` is false then.
 *
 * @throws PaymentNotPossibleError when nothing is due, or the shop is checking the open payment.
 */
export async function replacePayment(
  unit: UnitOfWork,
  order: PayableOrder,
  { method, dueMinutes }: { method: PaymentMethod; dueMinutes: number },
): Promise<{ paymentId: string; isNew: boolean }> {
  const { due: amount } = balanceOf(moneyFactsOf(order))
  if (amount === 0)
    throw new PaymentNotPossibleError(`Nothing is due on order #${order.number}; it is ${order.status}.`)
  const open = order.payments.find(({ status }) => isOpen(status))
  if (open?.method === method) return { paymentId: open.id, isNew: false }
  if (open && !findTransition(open, 'CANCEL', moverOf(unit.actor)))
    throw new PaymentNotPossibleError(
      `The payment of order #${order.number} is ${open.status}; it cannot be changed while the shop reviews it.`,
    )
  cancelOpenPayments(unit, order)
  const { id: orderId, currency } = order
  const payment = planPayment(unit.app.config, { orderId, method, amount, currency, dueMinutes })
  await unit.tx.$executeRaw(insertPayment(unit.merchantId, payment))
  unit.audit({ action: 'payment.start', subjectId: payment.id, detail: { orderId, method } })
  return { paymentId: payment.id, isNew: true }
}
