import type { AppContext } from '../../../context.ts'
import { createWebhookClient, type WebhookClient } from './client.ts'
import { createLanes, type Lanes } from '../deliveries/concurrency.ts'
import type { FeatureState } from '../../../feature-state.ts'

/** Places of the worker's concurrency (server/jobs/worker.ts) that endpoints without proof may hold; the rest stays free. */
const FOR_UNPROVEN = 128

type Outgoing = { client: WebhookClient; lanes: Lanes }

const outgoing: FeatureState<Outgoing> = {
  open: (app) => {
    const client = createWebhookClient({ allowedNetworks: app.config.webhooks.allowedNetworks })
    return { client, lanes: createLanes({ forUnproven: FOR_UNPROVEN }) }
  },
  close: ({ client }) => client.close(),
}

/** The HTTP client and the concurrency limits of this process, opened when first needed. */
export const outgoingOf = (app: AppContext): Outgoing => app.state(outgoing)
