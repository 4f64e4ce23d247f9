import * as z from 'zod'
import { defineEvent } from '../../events/kit.ts'
import { TemplateApproval } from '../../generated/prisma/enums.ts'
import { submitTemplateJob } from './jobs.ts'

export const templateStatusChanged = defineEvent({
  type: 'template_status_changed',
  version: 1,
  doc: 'WhatsApp approved, rejected, paused or disabled a template, or accepted it for review.',
  permission: 'templates:read',
  schema: z.object({
    templateId: z.uuid(),
    name: z.string(),
    language: z.string(),
    from: z.enum(TemplateApproval),
    to: z.enum(TemplateApproval),
    reason: z.string().nullable(),
  }),
  reactions: ({ merchantId, occurredAt, data }) =>
    data.to === 'PENDING'
      ? [submitTemplateJob.request({ merchantId, templateId: data.templateId, attempt: Date.parse(occurredAt) })]
      : [],
})
