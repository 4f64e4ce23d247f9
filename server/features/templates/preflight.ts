import type { AppContext } from '../../context.ts'
import { queryShop } from '../../db/shop-query.ts'
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
  /** The template it was made from. */
  templateId: string | null
  windowExpiresAt: Date | null
}

/**
 * Why WhatsApp would refuse a message at this moment, under the code it would answer with; null when nothing speaks
 * against it. A message may wait, and meanwhile windows close, templates are paused and customers change their minds.
 *
 * One statement for messages made from a template, none for the others.
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
  /** As WhatsApp approved it. */
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
  return (await queryShop<Origin>(app, merchantId, text, [messageId]))[0]
}
