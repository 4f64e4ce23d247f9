import type { AppContext } from '../../../context.ts'
import { createWebhookClient, type WebhookClient } from './client.ts'
import { createLanes, type Lanes } from '../deliveries/concurrency.ts'

/** Places of the worker's concurrency (server/jobs/worker.ts) that endpoints without proof may hold; the rest stays free. */
const FOR_UNPROVEN = 128

type Outgoing = { client: WebhookClient; lanes: Lanes }

const opened = new WeakMap<AppContext, Outgoing>()

/** What this process sends webhooks with, opened when first needed. */
export function outgoingOf(app: AppContext): Outgoing {
  const known = opened.get(app)
  if (known) return known
  const client = createWebhookClient({ allowedNetworks: app.config.webhooks.allowedNetworks })
  const outgoing = { client, lanes: createLanes({ forUnproven: FOR_UNPROVEN }) }
  opened.set(app, outgoing)
  app.onDispose(() => client.close())
  return outgoing
}
