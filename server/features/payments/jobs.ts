import * as z from 'zod'
import { defineJob } from '../../jobs/kit.ts'

/** Closes the checkout page of a cancelled or expired payment at its provider. */
export const closeCheckoutJob = defineJob({
  queue: 'order_processing',
  name: 'close-checkout',
  schema: z.object({ merchantId: z.uuid(), paymentId: z.uuid() }),
  id: ({ paymentId }) => paymentId,
  attempts: 8,
  backoffMs: 2_000,
})

/**
 * Processes a due payment: opens its checkout page if that failed before, reminds the customer once, and expires it when it
 * was not paid in time. The payment's row decides which step is due.
 */
export const processDuePaymentJob = defineJob({
  queue: 'order_processing',
  name: 'process-due-payment',
  schema: z.object({ merchantId: z.uuid(), paymentId: z.uuid() }),
  id: ({ paymentId }) => paymentId,
  attempts: 8,
  backoffMs: 1_000,
})
