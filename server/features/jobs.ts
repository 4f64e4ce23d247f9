import { relayEvents } from '../events/jobs.ts'
import { markReadJob, sendMessageJob, ingestItemJob } from './conversations/jobs.ts'
import { cleanUpJob } from './maintenance/jobs.ts'
import { cleanUpMediaJob, processMediaJob } from './media/jobs.ts'
import { expireOrderJob } from './orders/jobs.ts'
import { closeCheckoutJob, processDuePaymentJob } from './payments/jobs.ts'
import { submitTemplateJob, syncAllTemplatesJob, syncTemplatesJob } from './templates/jobs.ts'
import { deliverWebhookJob, dispatchWebhooksJob } from './webhooks/jobs.ts'

/** Every job there is. Each has exactly one implementation in processors.ts. */
export const jobDefinitions = [
  relayEvents,
  sendMessageJob,
  markReadJob,
  ingestItemJob,
  expireOrderJob,
  processDuePaymentJob,
  closeCheckoutJob,
  cleanUpJob,
  processMediaJob,
  cleanUpMediaJob,
  dispatchWebhooksJob,
  deliverWebhookJob,
  submitTemplateJob,
  syncTemplatesJob,
  syncAllTemplatesJob,
] as const
