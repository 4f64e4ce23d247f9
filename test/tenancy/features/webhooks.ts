import { deliverWebhook } from '../../../server/features/webhooks/deliveries/deliver.ts'
import { sendTestEvent } from '../../../server/features/webhooks/deliveries/service.ts'
import { createEndpoint } from '../../../server/features/webhooks/endpoints/service.ts'
import type { Populate } from '../populate.ts'

/** Creates an endpoint at an unreachable URL, with a delivery and its failed attempt. */
export const populateWebhooks: Populate = async (app, { merchantId, owner }) => {
  const { endpoint } = await createEndpoint(app, owner, { url: 'https://hooks.invalid/storeline' })
  const { id: deliveryId } = await sendTestEvent(app, owner, { endpointId: endpoint.id })
  await deliverWebhook(app, { merchantId, endpointId: endpoint.id, deliveryId }, new AbortController().signal)
  return { webhookEndpoint: endpoint.id, webhookDelivery: deliveryId }
}
