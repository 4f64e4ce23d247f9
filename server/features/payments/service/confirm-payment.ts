import { mayActFor, type Authorized } from '../../../auth/actor.ts'
import type { AppContext } from '../../../context.ts'
import { findPayment, type PaymentRow } from '../queries.ts'
import { refreshFromProvider } from './refresh-from-provider.ts'
import { noPayment, requirePayment } from './require-payment.ts'

/**
 * Reads a payment's status from its provider instead of waiting for the webhook, and applies it.
 *
 * @throws NotFoundError.
 */
export async function confirmPayment(
  app: AppContext,
  actor: Authorized<'payments:write'>,
  { paymentId }: { paymentId: string },
): Promise<PaymentRow> {
  const { merchantId } = actor
  const payment = await findPayment(app, merchantId, paymentId)
  if (!payment || !mayActFor(actor, payment.customerId)) throw noPayment()
  await refreshFromProvider(app, { merchantId, paymentId })
  return requirePayment(app, merchantId, paymentId)
}
