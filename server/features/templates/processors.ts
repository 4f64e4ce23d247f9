import { implementJob } from '../../jobs/kit.ts'
import { submitTemplateJob, syncAllTemplatesJob, syncTemplatesJob } from './jobs.ts'
import { submitToWhatsApp } from './submission.ts'
import { requestAllSyncs, syncTemplates } from './sync.ts'

export const submitTemplateProcessor = implementJob(submitTemplateJob, ({ merchantId, templateId }, { app }) =>
  submitToWhatsApp(app, { merchantId, templateId }),
)

export const syncTemplatesProcessor = implementJob(syncTemplatesJob, ({ merchantId }, { app }) =>
  syncTemplates(app, merchantId),
)

export const syncAllTemplatesProcessor = implementJob(syncAllTemplatesJob, (_data, { app }) => requestAllSyncs(app))
