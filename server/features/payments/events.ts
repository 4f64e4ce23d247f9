import * as z from 'zod'
import { defineEvent } from '../../events/kit.ts'
import { closeCheckoutJob } from './jobs.ts'
import { PaymentMethod, PaymentStatus } from '../../generated/prisma/enums.ts'

const money = z.object({ amount: z.number().int(), currency: z.string() })
const payment = {
  paymentId: z.uuid(),
  orderId: z.uuid(),
  number: z.number().int(),
  method: z.enum(PaymentMethod),
  provider: z.string(),
  amount: money,
}

export const paymentReceived = defineEvent({
  type: 'payment_received',
  version: 1,
  doc: 'A payment of an order was captured. `paid` is the amount paid for the order so far, `total` its price.',
  permission: 'payments:read',
  schema: z.object({ ...payment, paid: money, total: money }),
})

export const paymentFailed = defineEvent({
  type: 'payment_failed',
  version: 1,
  doc: 'A payment failed: the provider declined it, the shop refused its proof, or it expired.',
  permission: 'payments:read',
  schema: z.object({
    ...payment,
    reason: z.enum(['DECLINED', 'PROOF_REFUSED', 'EXPIRED']),
    detail: z.string().nullable(),
  }),
})

export const paymentStatusChanged = defineEvent({
  type: 'payment_status_changed',
  version: 1,
  doc: 'A payment changed its status, for example when its link is ready, a proof is submitted or it is cancelled. `from` and `to` are equal when only its `failureReason` changed.',
  permission: 'payments:read',
  schema: z.object({ ...payment, from: z.enum(PaymentStatus), to: z.enum(PaymentStatus) }),
  reactions: ({ merchantId, data: { method, to, paymentId } }) =>
    method === 'ONLINE' && (to === 'CANCELLED' || to === 'EXPIRED')
      ? [closeCheckoutJob.request({ merchantId, paymentId })]
      : [],
})

export const paymentRefunded = defineEvent({
  type: 'payment_refunded',
  version: 1,
  doc: 'The shop recorded a refund. `amount` is the amount of this refund, `paid` the amount that remains paid for the order.',
  permission: 'payments:read',
  schema: z.object({ ...payment, paid: money, reason: z.string() }),
})
