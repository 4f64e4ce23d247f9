import * as z from 'zod'
import { defineEvent } from '../../events/kit.ts'
import { OrderStatus } from '../../generated/prisma/enums.ts'
import { expireOrderJob } from './jobs.ts'

const money = z.object({ amount: z.number().int(), currency: z.string() })

export const orderCreated = defineEvent({
  type: 'order_created',
  version: 1,
  doc: 'A customer placed an order. It expires at `reservedUntil` unless it is accepted or rejected before.',
  permission: 'orders:read',
  schema: z.object({
    orderId: z.uuid(),
    number: z.number().int(),
    customerId: z.uuid(),
    status: z.enum(OrderStatus),
    fulfilment: z.enum(['DELIVERY', 'PICKUP']),
    total: money,
    lines: z.array(
      z.object({
        sku: z.string(),
        productName: z.string(),
        variantName: z.string(),
        quantity: z.number().int(),
        unitPrice: z.number().int(),
      }),
    ),
    reservedUntil: z.iso.datetime(),
  }),
  reactions: ({ merchantId, data }) => [
    expireOrderJob.request(
      { merchantId, orderId: data.orderId },
      { delayMs: Math.max(0, Date.parse(data.reservedUntil) - Date.now()) },
    ),
  ],
})

export const orderStatusChanged = defineEvent({
  type: 'order_status_changed',
  version: 1,
  doc: 'The status of an order changed.',
  permission: 'orders:read',
  schema: z.object({
    orderId: z.uuid(),
    number: z.number().int(),
    from: z.enum(OrderStatus),
    to: z.enum(OrderStatus),
    reason: z.string().nullable(),
  }),
})
