import { dispatchWebhooks, relayEvents } from '../events/jobs.ts'
import { markReadJob, sendMessageJob } from './conversations/jobs.ts'
import { cleanUpJob } from './maintenance/jobs.ts'
import { cleanUpMediaJob, processMediaJob } from './media/jobs.ts'
import { expireOrderJob } from './orders/jobs.ts'
import { deliverWebhookJob } from './webhooks/jobs.ts'

/** Every job there is. Each has exactly one implementation in processors.ts. */
export const jobDefinitions = [
  relayEvents,
  sendMessageJob,
  markReadJob,
  expireOrderJob,
  cleanUpJob,
  processMediaJob,
  cleanUpMediaJob,
  dispatchWebhooks,
  deliverWebhookJob,
] as const
