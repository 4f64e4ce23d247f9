import type { AppContext } from '../../context.ts'
import { queryMerchant } from '../../db/merchant-query.ts'
import type { TemplateApproval, TemplateCategory, TemplateType } from '../../generated/prisma/enums.ts'
import type { OutboundContent } from '../../whatsapp/content.ts'
import { isWindowOpen } from '../../whatsapp/service-window.ts'
import type { TemplateContent } from './domain/content.ts'
import {
  approvalRefusal,
  definitionRefusal,
  optOutRefusal,
  unknownTemplate,
  windowRefusal,
  type Refusal,
} from './domain/preflight.ts'
import type { Variable } from './domain/variables.ts'

export type Outgoing = {
  messageId: string
  content: OutboundContent
  /** The template that produced the content. */
  templateId: string | null
  windowExpiresAt: Date | null
}

/**
 * The error with which WhatsApp would refuse a message now, with its code; null when it would accept it. While a
 * message waits, the service window may close, the template may be paused and the customer may opt out.
 *
 * Runs one statement for a message made from a template, none for others.
 */
export async function preflight(app: AppContext, merchantId: string, message: Outgoing): Promise<Refusal | null> {
  const { content, templateId, windowExpiresAt } = message
  const freeForm = content.kind !== 'template'
  if (freeForm && !isWindowOpen(windowExpiresAt, Date.now())) return windowRefusal()
  if (templateId === null) return freeForm ? null : unknownTemplate(content.name, content.language)
  const origin = await readOrigin(app, merchantId, message.messageId)
  const declined = origin && optOutRefusal(origin.category, origin.optedOut)
  if (freeForm || declined) return declined ?? null
  if (!origin) return unknownTemplate(content.name, content.language)
  return approvalRefusal(origin) ?? definitionRefusal(content, origin)
}

type Origin = {
  name: string
  language: string
  category: TemplateCategory
  approval: TemplateApproval
  approvedVersion: number | null
  /** In the version that WhatsApp approved. */
  type: TemplateType
  content: TemplateContent
  variables: Variable[]
  optedOut: boolean
}

async function readOrigin(app: AppContext, merchantId: string, messageId: string): Promise<Origin | undefined> {
  const text = `SELECT t.name, t.language, t.category, t.approval, t.approved_version AS "approvedVersion",
      coalesce(v.type, t.type) AS type, coalesce(v.content, t.content) AS content, coalesce(v.variables, t.variables) AS variables,
      cu.opted_out_at IS NOT NULL AS "optedOut"
    FROM message m JOIN conversation c ON c.id = m.conversation_id JOIN customer cu ON cu.id = c.customer_id
    JOIN template t ON t.id = m.template_id LEFT JOIN template_version v ON v.template_id = t.id AND v.version = t.approved_version
    WHERE m.id = $1`
  return (await queryMerchant<Origin>(app, merchantId, text, [messageId]))[0]
}
