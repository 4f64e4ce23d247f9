import { implementJob } from '../../jobs/kit.ts'
import { deliverWebhook } from './deliveries/deliver.ts'
import { dispatchWebhooks } from './deliveries/dispatch.ts'
import { deliverWebhookJob, dispatchWebhooksJob } from './jobs.ts'

export const dispatchWebhooksProcessor = implementJob(dispatchWebhooksJob, ({ merchantId }, { app, signal }) =>
  dispatchWebhooks(app, merchantId, signal),
)

export const deliverWebhookProcessor = implementJob(deliverWebhookJob, (delivery, { app, signal }) =>
  deliverWebhook(app, delivery, signal),
)
