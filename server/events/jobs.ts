import * as z from 'zod'
import { defineJob } from '../jobs/kit.ts'

/**
 * Relays the events after the relay offset of a merchant's log. Only older versions schedule it: the committing process
 * relays, and the sweep makes up for it (docs/decisions/0050).
 */
export const relayEvents = defineJob({
  queue: 'relay',
  name: 'relay-events',
  schema: z.object({ merchantId: z.uuid(), window: z.number().int().positive() }),
  id: ({ merchantId, window }) => `${merchantId}.${window}`,
  attempts: 5,
  backoffMs: 200,
})
