import type { AppContext } from '../../../context.ts'
import { NotFoundError } from '../../../errors.ts'
import { findPayment, type PaymentRow } from '../queries.ts'

export const noPayment = () => new NotFoundError('No payment with this id exists in your shop.')
export const noOrder = () => new NotFoundError('No order with this id exists in your shop.')

/** The payment as the API shows it. @throws NotFoundError when the id is unknown in the shop. */
export async function requirePayment(app: AppContext, merchantId: string, paymentId: string): Promise<PaymentRow> {
  const payment = await findPayment(app, merchantId, paymentId)
  if (!payment) throw noPayment()
  return payment
}
