import type { UnitOfWork } from '../../unit-of-work/unit-of-work.ts'
import { DomainError } from '../../errors.ts'
import type { OutboundContent } from '../../whatsapp/content.ts'
import { isWindowOpen } from '../../whatsapp/service-window.ts'
import { queueMessage } from '../conversations/messages/outgoing.ts'
import { merchantOf, type MerchantRow } from '../merchants/service.ts'
import { builtInNotice } from '../templates/domain/built-in.ts'
import { cloudContent } from '../templates/domain/cloud.ts'
import type { TemplateContent, TemplateType } from '../templates/domain/content.ts'
import { BUILT_IN_LANGUAGES, chooseLanguage, formattingLocale, isBuiltIn } from '../templates/domain/language.ts'
import { noticeVariables, type NoticeName, type NoticeVariable } from '../templates/domain/notices.ts'
import { freeForm } from '../templates/domain/outbound.ts'
import { renderContent, type Values } from '../templates/domain/render.ts'
import type { Setting, Variable } from '../templates/domain/variables.ts'
import { resolveImage } from '../templates/images.ts'

/** Money in minor units, times as dates; null and empty count as no value. */
export type NoticeValues = Partial<Record<NoticeVariable, string | number | Date | null | undefined>>

export type OrderNotice = { notice: NoticeName; orderId: string; customerId: string; values?: NoticeValues }

/**
 * Queues a notice about an order in the customer's latest conversation, in their language: the merchant's own text where
 * one exists, else the built-in one. After the service window the notice is sent as the approved template of that name;
 * without an approved template a free-form message is queued, which fails, so that staff see it. A customer without a
 * conversation gets no notice.
 *
 * Fills in the values of every order (number, total, names, time of placing); `values` holds all others.
 */
export async function sendOrderNotice(
  unit: UnitOfWork,
  { notice, orderId, customerId, values = {} }: OrderNotice,
): Promise<void> {
  const [recipient, orderValues] = await Promise.all([
    findRecipient(unit, notice, customerId),
    readOrderValues(unit, orderId),
  ])
  if (recipient) await sendNotice(unit, recipient, { orderId, values: { ...orderValues, ...values } })
}

/**
 * Queues a notice to a recipient that was read before. `values` holds the number, the total and the time of placing of the
 * order, and the values that only this notice has.
 */
export async function sendNotice(
  unit: UnitOfWork,
  recipient: Recipient,
  { orderId, values }: { orderId: string; values: NoticeValues },
): Promise<void> {
  const { notice, conversationId } = recipient
  const shop = await merchantOf(unit)
  const filledValues = noticeValues(notice, {
    shop_name: shop.name,
    customer_name: recipient.customerName,
    ...values,
  })
  const message =
    (isWindowOpen(recipient.windowExpiresAt, Date.now())
      ? null
      : approvedNotice(unit, recipient, shop, filledValues)) ??
    (await freeFormNotice(unit, recipient, shop, filledValues))
  if (message) queueMessage(unit, { conversationId, author: 'SYSTEM', purpose: 'ORDER_NOTICE', orderId, ...message })
}

type OwnTemplate = {
  id: string
  language: string
  category: 'UTILITY' | 'MARKETING'
  type: TemplateType
  content: TemplateContent
  variables: Variable[]
  /** The approved version; null unless the template is APPROVED at the moment. */
  approved: { type: TemplateType; content: TemplateContent; variables: Variable[] } | null
}
/** The customer of a notice, with the latest conversation and the merchant's templates of the notice. */
export type Recipient = {
  notice: NoticeName
  conversationId: string
  windowExpiresAt: Date | null
  language: string | null
  optedOut: boolean
  customerName: string
  own: OwnTemplate[]
}
type Message = { content: OutboundContent; templateId?: string }

/** Reads all that a notice to the customer depends on; undefined for a customer without a conversation. */
export async function findRecipient(
  { tx, merchantId }: UnitOfWork,
  notice: NoticeName,
  customerId: string,
): Promise<Recipient | undefined> {
  const rows = await tx.$queryRaw<Omit<Recipient, 'notice'>[]>`
    SELECT c.id AS "conversationId", c.window_expires_at AS "windowExpiresAt", cu.language, cu.opted_out_at IS NOT NULL AS "optedOut",
      cu.name AS "customerName",
      coalesce((SELECT json_agg(json_build_object('id', t.id, 'language', t.language, 'category', t.category, 'type', t.type,
          'content', t.content, 'variables', t.variables, 'approved', CASE WHEN t.approval = 'APPROVED' AND v.id IS NOT NULL
            THEN json_build_object('type', v.type, 'content', v.content, 'variables', v.variables) END) ORDER BY t.language)
        FROM template t LEFT JOIN template_version v ON v.template_id = t.id AND v.version = t.approved_version
        WHERE t.merchant_id = ${merchantId}::uuid AND t.name = ${notice} AND t.archived_at IS NULL), '[]') AS own
    FROM customer cu JOIN conversation c ON c.customer_id = cu.id
    WHERE cu.id = ${customerId}::uuid ORDER BY c.last_message_at DESC LIMIT 1`
  return rows[0] && { notice, ...rows[0] }
}

async function readOrderValues({ tx }: UnitOfWork, orderId: string): Promise<NoticeValues | undefined> {
  const rows = await tx.$queryRaw<NoticeValues[]>`
    SELECT number AS order_number, total::float8 AS total, placed_at FROM "order" WHERE id = ${orderId}::uuid`
  return rows[0]
}

/** The values of the notice's variables, in the format of template values. */
function noticeValues(notice: NoticeName, values: NoticeValues): Values {
  const allowed = new Set(noticeVariables(notice).map(({ name }) => name))
  return new Map(
    Object.entries(values).flatMap(([name, value]): [string, string][] =>
      value == null || value === '' || !allowed.has(name)
        ? []
        : [[name, value instanceof Date ? value.toISOString() : String(value)]],
    ),
  )
}

const settingOf = (language: string, { language: customer }: Recipient, shop: MerchantRow): Setting => ({
  language,
  locale: formattingLocale(language, { customer, shop: shop.locale }),
  currency: shop.currency,
  timeZone: shop.timeZone,
})

/** The values that a text uses; a merchant's own text may leave out variables of the notice. */
const valuesUsedBy = (variables: readonly Variable[], values: Values): Values =>
  new Map([...values].filter(([name]) => variables.some((one) => one.name === name)))

/** The notice as an approved template; null when none can be sent. */
function approvedNotice(unit: UnitOfWork, recipient: Recipient, shop: MerchantRow, values: Values): Message | null {
  const { notice } = recipient
  const usable = recipient.own.filter(
    ({ approved, category }) => approved && !(category === 'MARKETING' && recipient.optedOut),
  )
  const preferences = { customer: recipient.language, shop: shop.locale }
  const language = chooseLanguage(
    usable.map((one) => one.language),
    preferences,
  )
  const own = usable.find((one) => one.language === language) ?? usable[0]
  // The URL of a library image is made when a message is sent, so a notice with one is sent within the service window only.
  if (!own?.approved || own.approved.content.mediaId !== undefined) return null
  const { approved, id, category } = own
  const template = { ...approved, name: notice, language: own.language, category }
  const setting = settingOf(own.language, recipient, shop)
  const { content, issues } = cloudContent(template, valuesUsedBy(approved.variables, values), setting)
  if (issues.length === 0) return { content, templateId: id }
  unit.app.logger.warn({ template: id, issues }, 'an approved notice cannot be filled in')
  return null
}

/** The notice as a free-form message. The built-in text replaces a merchant's text that cannot be filled in. */
async function freeFormNotice(
  unit: UnitOfWork,
  recipient: Recipient,
  shop: MerchantRow,
  values: Values,
): Promise<Message | null> {
  const { notice } = recipient
  const languages = [...recipient.own.map((one) => one.language), ...BUILT_IN_LANGUAGES]
  const language = chooseLanguage(languages, { customer: recipient.language, shop: shop.locale }) ?? 'en'
  const own = recipient.own.find((one) => one.language === language)
  const setting = settingOf(language, recipient, shop)
  if (own) {
    const { type, variables, id } = own
    const { content, issues } = renderContent(own, variables, valuesUsedBy(variables, values), setting)
    const withImage = issues.length === 0 && (await resolveImage(unit, content).catch(ignoreMissingImage))
    if (withImage) return { content: freeForm(type, withImage), templateId: id }
    unit.app.logger.warn(
      { template: id, issues },
      'a text of the merchant cannot be filled in; the built-in text is sent',
    )
  }
  const builtIn = isBuiltIn(language) ? language : 'en'
  const { body, variables } = builtInNotice(notice, builtIn)
  const builtInSetting = builtIn === language ? setting : settingOf(builtIn, recipient, shop)
  const { content, issues } = renderContent(
    { type: 'TEXT', content: { body } },
    variables,
    valuesUsedBy(variables, values),
    builtInSetting,
  )
  if (issues.length === 0) return { content: freeForm('TEXT', content) }
  unit.app.logger.error({ notice, language: builtIn, issues }, 'a notice cannot be filled in and is not sent')
  return null
}

/** A missing image must not block an order. */
function ignoreMissingImage(error: unknown): null {
  if (error instanceof DomainError) return null
  throw error
}
