import { z } from 'zod'
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
  doc: 'Money for an order has arrived. `paid` is what the order has been paid in all, `total` what it costs.',
  permission: 'payments:read',
  schema: z.object({ ...payment, paid: money, total: money }),
})

export const paymentFailed = defineEvent({
  type: 'payment_failed',
  version: 1,
  doc: 'A payment came to nothing: it was declined, its proof was refused, or its time was over.',
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
  doc: 'A payment moved from one status to another: its link is ready, a proof was handed in, it was called off. `from` and `to` are the same when only its `failureReason` is new.',
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
  doc: 'The shop recorded that money of a payment was given back. `amount` is what was given back this time, `paid` what is left.',
  permission: 'payments:read',
  schema: z.object({ ...payment, paid: money, reason: z.string() }),
})
