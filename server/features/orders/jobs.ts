import * as z from 'zod'
import { defineJob } from '../../jobs/kit.ts'

/** Expires an order that was not accepted in time and releases its stock. The order's row decides whether it is due. */
export const expireOrderJob = defineJob({
  queue: 'order_processing',
  name: 'expire-order',
  schema: z.object({ merchantId: z.uuid(), orderId: z.uuid() }),
  id: ({ orderId }) => orderId,
  attempts: 8,
  backoffMs: 1_000,
})
