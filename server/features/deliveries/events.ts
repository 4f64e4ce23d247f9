import { z } from 'zod'
import { defineEvent } from '../../events/kit.ts'

const schema = z.object({ orderId: z.uuid(), deliveryId: z.uuid() })

export const deliveryStarted = defineEvent({
  type: 'delivery_started',
  version: 1,
  doc: 'An order left the shop on its way to the customer. A second attempt raises it again.',
  permission: 'orders:read',
  schema,
})

export const deliveryCompleted = defineEvent({
  type: 'delivery_completed',
  version: 1,
  doc: 'An order was handed over at the customer’s address.',
  permission: 'orders:read',
  schema,
})
