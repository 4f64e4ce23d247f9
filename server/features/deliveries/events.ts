import * as z from 'zod'
import { defineEvent } from '../../events/kit.ts'

const schema = z.object({ orderId: z.uuid(), deliveryId: z.uuid() })

export const deliveryStarted = defineEvent({
  type: 'delivery_started',
  version: 1,
  doc: 'An order left the shop for the customer. Every delivery attempt emits it.',
  permission: 'orders:read',
  schema,
})

export const deliveryCompleted = defineEvent({
  type: 'delivery_completed',
  version: 1,
  doc: 'An order was delivered to the customer’s address.',
  permission: 'orders:read',
  schema,
})
