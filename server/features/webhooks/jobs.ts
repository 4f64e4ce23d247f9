import * as z from 'zod'
import { defineJob } from '../../jobs/kit.ts'

/**
 * Creates deliveries of the events after the cursors of the merchant's webhook endpoints. A dispatch reads all events that
 * were committed before, so a merchant has at most one that waits.
 */
export const dispatchWebhooksJob = defineJob({
  queue: 'webhook_delivery',
  name: 'dispatch-webhooks',
  /** `trigger` tells apart dispatches that follow one another. */
  schema: z.object({ merchantId: z.uuid(), trigger: z.string().max(40) }),
  id: ({ merchantId, trigger }) => `${merchantId}.${trigger}`,
  debounce: ({ merchantId }) => merchantId,
  attempts: 5,
  backoffMs: 200,
})

/** Makes the next attempt of one delivery. The delivery's row decides whether there is still anything to do. */
export const deliverWebhookJob = defineJob({
  queue: 'webhook_delivery',
  name: 'deliver-webhook',
  schema: z.object({
    merchantId: z.uuid(),
    endpointId: z.uuid(),
    deliveryId: z.uuid(),
    /** The number of earlier attempts; every attempt is a job of its own. */
    made: z.number().int().min(0),
    /** Set by the sweep and by redelivery: distinguishes the job from the first one, which may be lost. */
    again: z.number().int().optional(),
  }),
  id: ({ deliveryId, made, again }) => [deliveryId, made, again].filter((part) => part !== undefined).join('.'),
  attempts: 3,
  backoffMs: 1_000,
})
