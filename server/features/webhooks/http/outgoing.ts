import type { AppContext } from '../../../context.ts'
import { createWebhookClient, type WebhookClient } from './client.ts'
import { createConcurrencyLimits, type ConcurrencyLimits } from '../deliveries/concurrency.ts'
import type { FeatureState } from '../../../feature-state.ts'

/** Slots of all endpoints in slow start together; the rest of the worker's concurrency (server/jobs/worker.ts) stays free. */
const SLOW_START_SLOTS = 128

type Outgoing = { client: WebhookClient; limits: ConcurrencyLimits }

const outgoing: FeatureState<Outgoing> = {
  open: (app) => {
    const client = createWebhookClient({ allowedNetworks: app.config.webhooks.allowedNetworks })
    return { client, limits: createConcurrencyLimits({ slowStartSlots: SLOW_START_SLOTS }) }
  },
  close: ({ client }) => client.close(),
}

/** The HTTP client and the concurrency limits of this process, opened when first needed. */
export const outgoingOf = (app: AppContext): Outgoing => app.state(outgoing)
