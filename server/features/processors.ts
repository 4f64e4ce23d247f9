import { relayEventsProcessor } from '../events/processors.ts'
import type { JobImplementation } from '../jobs/kit.ts'
import { markReadProcessor, sendMessageProcessor, ingestItemProcessor } from './conversations/processors.ts'
import { cleanUpProcessor } from './maintenance/processors.ts'
import { cleanUpMediaProcessor, processMediaProcessor } from './media/processors.ts'
import { expireOrderProcessor } from './orders/processors.ts'
import { closeUnpaidOrder } from './orders/service/transition-order.ts'
import { closeCheckoutProcessor, processDuePaymentProcessor } from './payments/processors.ts'
import { submitTemplateProcessor, syncAllTemplatesProcessor, syncTemplatesProcessor } from './templates/processors.ts'
import { deliverWebhookProcessor, dispatchWebhooksProcessor } from './webhooks/processors.ts'

/** The implementation of every job. A worker refuses to start when a definition lacks its implementation. */
export const jobImplementations: readonly JobImplementation[] = [
  relayEventsProcessor,
  sendMessageProcessor,
  markReadProcessor,
  ingestItemProcessor,
  expireOrderProcessor,
  processDuePaymentProcessor({ closeUnpaidOrder }),
  closeCheckoutProcessor,
  cleanUpProcessor,
  processMediaProcessor,
  cleanUpMediaProcessor,
  dispatchWebhooksProcessor,
  deliverWebhookProcessor,
  submitTemplateProcessor,
  syncTemplatesProcessor,
  syncAllTemplatesProcessor,
]
