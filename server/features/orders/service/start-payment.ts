import * as z from 'zod'
import { mayActFor, type Authorized } from '../../../auth/actor.ts'
import type { AppContext } from '../../../context.ts'
import { once } from '../../../unit-of-work/idempotency.ts'
import { isUuid } from '../../../db/merchant-query.ts'
import { withTenant } from '../../../unit-of-work/unit-of-work.ts'
import { parseInput } from '../../../errors.ts'
import { PaymentMethod } from '../../../generated/prisma/enums.ts'
import { loadMerchant } from '../../merchants/service.ts'
import { assertOffered } from '../../payments/providers/registry.ts'
import type { PaymentRow } from '../../payments/queries.ts'
import { beginPayment } from '../../payments/service/begin-checkout.ts'
import { lockPayableOrder } from '../../payments/service/change-payment.ts'
import { replacePayment } from '../../payments/service/replace-payment.ts'
import { noOrder, requirePayment } from '../../payments/service/require-payment.ts'

const request = z.object({ orderId: z.string(), method: z.enum(PaymentMethod) })
export type StartPayment = z.input<typeof request> & { idempotencyKey?: string | null | undefined }

/**
 * Sets the payment method of an order and opens its payment, in place of the one that is open. An open payment by the same
 * method is returned as it is.
 *
 * @throws NotFoundError, ValidationError for a method the shop does not accept, PaymentNotPossibleError.
 */
export async function startPayment(
  app: AppContext,
  actor: Authorized<'payments:write'>,
  { idempotencyKey: key, ...input }: StartPayment,
): Promise<PaymentRow> {
  const { orderId, method } = parseInput(request, input)
  const { merchantId } = actor
  const merchant = await loadMerchant(app, merchantId)
  assertOffered(app.config, merchant, { method, path: 'input.method' })
  if (!isUuid(orderId)) throw noOrder()
  const paymentId = await withTenant(app, actor, (unit) =>
    once(unit, { key, operation: 'startPayment', input }, async () => {
      const order = await lockPayableOrder(unit, orderId)
      if (!order || !mayActFor(actor, order.customerId)) throw noOrder()
      const payment = await replacePayment(unit, order, { method, dueMinutes: merchant.paymentDueMinutes })
      if (payment.isNew) await unit.tx.order.update({ where: { id: orderId }, data: { paymentMethod: method } })
      return payment.paymentId
    }),
  )
  await beginPayment(app, { merchantId, paymentId })
  return requirePayment(app, merchantId, paymentId)
}
