import { dispatchWebhooks } from '../../events/jobs.ts'
import { implementJob } from '../../jobs/kit.ts'
import { deliver } from './deliver.ts'
import { dispatch } from './dispatch.ts'
import { deliverWebhookJob } from './jobs.ts'

export const dispatchWebhooksProcessor = implementJob(dispatchWebhooks, ({ merchantId }, { app }) =>
  dispatch(app, merchantId),
)

export const deliverWebhookProcessor = implementJob(deliverWebhookJob, (delivery, { app, signal }) =>
  deliver(app, delivery, signal),
)
