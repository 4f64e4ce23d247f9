import { z } from 'zod'
import { defineEvent } from '../../events/kit.ts'
import { PaymentMethod } from '../../generated/prisma/enums.ts'

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
