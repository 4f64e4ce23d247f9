import { z } from 'zod'
import { defineJob } from '../../jobs/kit.ts'

/** Tells the provider of a payment that was given up to let nobody pay it any more. */
export const closeCheckoutJob = defineJob({
  queue: 'order_processing',
  name: 'close-checkout',
  schema: z.object({ merchantId: z.uuid(), paymentId: z.uuid() }),
  id: ({ paymentId }) => paymentId,
  attempts: 8,
  backoffMs: 2_000,
})

/**
 * Does what the clock asks of a payment: asks its provider for a page to pay on if that was not done, reminds the customer
 * once, and closes what was not paid in time. The payment's row decides what is due.
 */
export const processDuePaymentJob = defineJob({
  queue: 'order_processing',
  name: 'process-due-payment',
  schema: z.object({ merchantId: z.uuid(), paymentId: z.uuid() }),
  id: ({ paymentId }) => paymentId,
  attempts: 8,
  backoffMs: 1_000,
})
