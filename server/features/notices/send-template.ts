import type { Authorized } from '../../auth/actor.ts'
import type { AppContext } from '../../context.ts'
import { once } from '../../unit-of-work/idempotency.ts'
import { withTenant, type UnitOfWork } from '../../unit-of-work/unit-of-work.ts'
import { ValidationError } from '../../errors.ts'
import type { OutboundContent } from '../../whatsapp/content.ts'
import { isWindowOpen } from '../../whatsapp/service-window.ts'
import { queueMessage } from '../conversations/messages/outgoing.ts'
import { lockConversation } from '../conversations/service.ts'
import { merchantOf } from '../merchants/service.ts'
import { cloudContent, type CloudTemplate } from '../templates/domain/cloud.ts'
import type { TemplateContent } from '../templates/domain/content.ts'
import { formattingLocale } from '../templates/domain/language.ts'
import { freeForm } from '../templates/domain/outbound.ts'
import { approvalRefusal, CODES, optOutRefusal, valueRefusal } from '../templates/domain/preflight.ts'
import { renderContent, type ValueIssue } from '../templates/domain/render.ts'
import type { Setting, Variable } from '../templates/domain/variables.ts'
import { PreflightError } from './errors.ts'
import { resolveImage } from '../templates/images.ts'
import { lockTemplate, type Locked } from '../templates/service.ts'
import { readValues, type ValueInput } from '../templates/values.ts'

export type TemplateSend = {
  conversationId: string
  templateId: string
  values?: readonly ValueInput[] | null | undefined
  idempotencyKey?: string | null | undefined
}

/**
 * Sends a template to the customer of a conversation: within the service window as a free-form message of its type, later as
 * the approved template. The mode of the conversation does not change. Returns the id of the message.
 *
 * @throws NotFoundError, ValidationError for values given twice or an unusable image, PreflightError with WhatsApp's error
 * code for the message that it would refuse.
 */
export async function sendTemplate(
  app: AppContext,
  actor: Authorized<'conversations:write'>,
  { idempotencyKey: key, ...input }: TemplateSend,
): Promise<string> {
  const given = readValues(input.values ?? [])
  return withTenant(app, actor, async (unit) => {
    const conversation = await lockConversation(unit, input.conversationId)
    return once(unit, { key, operation: 'sendTemplate', input }, async () => {
      const template = await lockTemplate(unit, input.templateId)
      if (template.archivedAt)
        throw new ValidationError([
          { path: 'input.templateId', message: 'this template is archived; restore it first' },
        ])
      const customer = await unit.tx.customer.findUniqueOrThrow({ where: { id: conversation.customerId } })
      const optedOut = optOutRefusal(template.category, customer.optedOutAt !== null)
      if (optedOut) throw new PreflightError(optedOut)
      const shop = await merchantOf(unit)
      const { language } = template
      const setting: Setting = {
        language,
        locale: formattingLocale(language, { customer: customer.language, shop: shop.locale }),
        currency: shop.currency,
        timeZone: shop.timeZone,
      }
      const names = { shop_name: shop.name, customer_name: customer.name }
      const open = isWindowOpen(conversation.windowExpiresAt, Date.now())
      const content = open
        ? await freeFormContent(unit, template, withNames(template.variables, given, names), setting)
        : await approvedContent(unit, template, given, names, setting)
      const staffId = actor.kind === 'STAFF' ? { staffId: actor.staffId } : {}
      const message = {
        conversationId: conversation.id,
        author: 'STAFF',
        purpose: 'TEMPLATE',
        content,
        templateId: template.id,
        ...staffId,
      } as const
      const messageId = queueMessage(unit, message)
      unit.audit({
        action: 'template.send',
        subjectId: template.id,
        detail: { messageId, conversationId: conversation.id },
      })
      return messageId
    })
  })
}

/** Adds the names of the shop and of the customer where the template uses them and the caller gives no value. */
function withNames(
  variables: readonly Variable[],
  given: ReadonlyMap<string, string>,
  names: Readonly<Record<'shop_name' | 'customer_name', string>>,
): Map<string, string> {
  const values = new Map(given)
  for (const name of ['shop_name', 'customer_name'] as const) {
    const wanted = variables.some((one) => one.name === name && one.type === 'TEXT')
    if (wanted && !values.has(name) && names[name]) values.set(name, names[name])
  }
  return values
}

function assertValidValues(issues: readonly ValueIssue[]): void {
  const refusal = valueRefusal(issues)
  if (refusal) throw new PreflightError(refusal)
}

async function freeFormContent(
  unit: UnitOfWork,
  template: Locked,
  values: ReadonlyMap<string, string>,
  setting: Setting,
): Promise<OutboundContent> {
  const { type, variables } = template
  const { content, issues } = renderContent(template, variables, values, setting)
  assertValidValues(issues)
  return freeForm(type, await resolveImage(unit, content))
}

async function approvedContent(
  unit: UnitOfWork,
  template: Locked,
  given: ReadonlyMap<string, string>,
  names: Parameters<typeof withNames>[2],
  setting: Setting,
): Promise<OutboundContent> {
  const { id, name, language, category, approvedVersion, type } = template
  // WhatsApp has no list templates; a free-form list needs an open service window.
  if (type === 'LIST' && template.approval === 'NOT_SUBMITTED')
    throw new PreflightError({
      code: CODES.windowClosed,
      message: 'More than 24 hours have passed since the customer last wrote, and lists cannot be sent then.',
      issues: [],
    })
  const refusal = approvalRefusal(template)
  if (refusal) throw new PreflightError(refusal)
  const version = await unit.tx.templateVersion.findUniqueOrThrow({
    where: { templateId_version: { templateId: id, version: approvedVersion ?? 0 } },
  })
  const variables = version.variables as Variable[]
  const content = await resolveImage(unit, version.content as TemplateContent)
  const approved: CloudTemplate = { name, language, category, type: version.type, content, variables }
  const filled = cloudContent(approved, withNames(variables, given, names), setting)
  assertValidValues(filled.issues)
  return filled.content
}
