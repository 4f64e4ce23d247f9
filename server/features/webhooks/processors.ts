import { implementJob } from '../../jobs/kit.ts'
import { deliver } from './deliveries/deliver.ts'
import { dispatch } from './deliveries/dispatch.ts'
import { deliverWebhookJob, dispatchWebhooksJob } from './jobs.ts'

export const dispatchWebhooksProcessor = implementJob(dispatchWebhooksJob, ({ merchantId }, { app }) =>
  dispatch(app, merchantId),
)

export const deliverWebhookProcessor = implementJob(deliverWebhookJob, (delivery, { app, signal }) =>
  deliver(app, delivery, signal),
)
