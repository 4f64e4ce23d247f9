import { z } from 'zod'
import { defineJob } from '../../jobs/kit.ts'

/** Gives back the stock of an order nobody accepted in time. The order's row decides whether that is so. */
export const expireOrderJob = defineJob({
  queue: 'order_processing',
  name: 'expire-order',
  schema: z.object({ merchantId: z.uuid(), orderId: z.uuid() }),
  id: ({ orderId }) => orderId,
  attempts: 8,
  backoffMs: 1_000,
})
