import { z } from 'zod'
import { defineJob } from '../jobs/kit.ts'

/** Publishes what a shop's log holds beyond the relay's mark. `last` tells jobs apart: each commit asks for its own. */
export const relayEvents = defineJob({
  queue: 'relay',
  name: 'relay-events',
  schema: z.object({ merchantId: z.uuid(), last: z.number().int().positive() }),
  id: ({ merchantId, last }) => `${merchantId}.${last}`,
  attempts: 5,
  backoffMs: 200,
})
