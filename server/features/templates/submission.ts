import { systemActor, type Authorized } from '../../auth/actor.ts'
import type { AppContext } from '../../context.ts'
import { once } from '../../unit-of-work/idempotency.ts'
import { heldByRestore } from '../merchants/restore-hold.ts'
import { queryMerchant } from '../../db/merchant-query.ts'
import { withTenant } from '../../unit-of-work/unit-of-work.ts'
import { ValidationError } from '../../errors.ts'
import { describeTemplateRefusal, templateSubcodes, WhatsAppError } from '../../whatsapp/errors.ts'
import type { TemplateComponent, TemplateDefinition, WhatsAppTemplate } from '../../whatsapp/template-client.ts'
import { loadMerchant } from '../merchants/service.ts'
import { applyTemplateUpdate, isSameTemplate } from './approvals.ts'
import { approvalOf, submissionFault } from './domain/approval.ts'
import { cloudDefinition, submissionIssues, type CloudTemplate } from './domain/cloud.ts'
import { formattingLocale } from './domain/language.ts'
import { assertNoIssues } from './drafts.ts'
import { templateStatusChanged } from './events.ts'
import { findTemplate, type TemplateRow } from './queries.ts'
import { existing, lockTemplate, type TemplateRef } from './service.ts'

/**
 * Submits the current version of the template for review. It is PENDING from now on; a job sends it to WhatsApp and
 * retries until WhatsApp answers.
 *
 * @throws NotFoundError, ValidationError with every issue for which WhatsApp would refuse it.
 */
export async function submitTemplate(
  app: AppContext,
  actor: Authorized<'templates:write'>,
  { idempotencyKey: key, id }: TemplateRef,
): Promise<TemplateRow> {
  await withTenant(app, actor, (unit) =>
    once(unit, { key, operation: 'submitTemplate', input: { id } }, async () => {
      const template = await lockTemplate(unit, id)
      const { name, language, version, approval: from } = template
      const fault = submissionFault({ ...template, archived: template.archivedAt !== null })
      if (fault) throw new ValidationError([{ path: 'input.id', message: `this template ${fault}` }])
      assertNoIssues(submissionIssues(template))
      await unit.tx.template.update({
        where: { id },
        data: { approval: 'PENDING', submittedVersion: version, submittedAt: null, rejectionReason: null },
      })
      const told = { templateId: id, name, language, from, to: 'PENDING', reason: null } as const
      unit.emit(templateStatusChanged.draft(id, told))
      unit.audit({ action: 'template.submit', subjectId: id, detail: { version } })
    }),
  )
  return existing(await findTemplate(app, actor.merchantId, id))
}

type Waiting = CloudTemplate & { id: string; metaId: string | null; wabaId: string }

/** The submitted version of a template that still has to be sent to WhatsApp. */
async function findWaiting(app: AppContext, merchantId: string, templateId: string): Promise<Waiting | undefined> {
  const text = `SELECT t.id, t.name, t.language, t.category, t.meta_id AS "metaId", v.type, v.content, v.variables,
      (SELECT n.waba_id FROM whatsapp_number n WHERE n.merchant_id = t.merchant_id ORDER BY n.id LIMIT 1) AS "wabaId"
    FROM template t JOIN template_version v ON v.template_id = t.id AND v.version = t.submitted_version
    WHERE t.id = $1 AND t.approval::text = 'PENDING' AND t.submitted_at IS NULL AND NOT ${heldByRestore('t.updated_at')}`
  return (await queryMerchant<Waiting>(app, merchantId, text, [templateId]))[0]
}

/**
 * Sends a waiting template to WhatsApp: creates a new one, or edits a known one. Safe to run again: a template that WhatsApp
 * already has under this name is adopted when its texts are identical.
 *
 * @throws WhatsAppError and the like when a retry may help.
 */
export async function submitToWhatsApp(
  app: AppContext,
  { merchantId, templateId }: { merchantId: string; templateId: string },
): Promise<void> {
  const waiting = await findWaiting(app, merchantId, templateId)
  if (!waiting) return
  const { currency, timeZone, locale: shop } = await loadMerchant(app, merchantId)
  const { language } = waiting
  const locale = formattingLocale(language, { customer: null, shop })
  const definition = cloudDefinition(waiting, { language, locale, currency, timeZone })
  try {
    const { metaId, status } = waiting.metaId
      ? await edit(app, waiting.metaId, definition)
      : await create(app, waiting, definition)
    await withTenant(app, systemActor(merchantId), async (unit) => {
      const template = await lockTemplate(unit, templateId)
      // When a status update arrived before this response, only the id is still missing.
      const approval = template.approval === 'PENDING' ? (approvalOf(status) ?? 'PENDING') : template.approval
      await applyTemplateUpdate(unit, template, { metaId, approval, reason: template.rejectionReason })
    })
  } catch (error) {
    if (!(error instanceof WhatsAppError) || error.retry !== 'never') throw error
    await rejectSubmission(app, { merchantId, templateId }, describeTemplateRefusal(error))
  }
}

async function edit(
  app: AppContext,
  metaId: string,
  definition: TemplateDefinition,
): Promise<{ metaId: string; status: string }> {
  await app.whatsapp.editTemplate(metaId, definition)
  return { metaId, status: 'PENDING' }
}

async function create(
  app: AppContext,
  { wabaId }: Waiting,
  definition: TemplateDefinition,
): Promise<{ metaId: string; status: string }> {
  // An earlier attempt whose response was lost may have created it, or a concurrent one is creating it now.
  return (
    (await findIdentical(app, wabaId, definition)) ??
    (await app.whatsapp.createTemplate(wabaId, definition).catch(async (error: unknown) => {
      const exists = error instanceof WhatsAppError && error.subcode === templateSubcodes.exists
      const there = exists ? await findIdentical(app, wabaId, definition) : null
      if (there) return there
      throw error
    }))
  )
}

/**
 * The template of this name and language at WhatsApp, when its texts are identical to ours; null when there is none.
 *
 * @throws WhatsAppError when its texts differ.
 */
async function findIdentical(
  app: AppContext,
  wabaId: string,
  definition: TemplateDefinition,
): Promise<WhatsAppTemplate | null> {
  const there = await findOnWhatsApp(app, wabaId, definition)
  if (!there || textOf(there.components) === textOf(definition.components)) return there ?? null
  throw new WhatsAppError({
    code: 100,
    subcode: templateSubcodes.exists,
    httpStatus: 400,
    message: 'Invalid parameter',
    details:
      'WhatsApp has a template of this name with other texts: delete it in WhatsApp Manager, or use another name here',
  })
}

async function findOnWhatsApp(
  app: AppContext,
  wabaId: string,
  { name, language }: TemplateDefinition,
): Promise<WhatsAppTemplate | undefined> {
  for (let after: string | undefined; ;) {
    const { templates, next } = await app.whatsapp.listTemplates(wabaId, { name, after })
    const found = templates.find((one) => isSameTemplate({ name, language }, one))
    if (found || !next) return found
    after = next
  }
}

/** The texts of a template without examples and ids, in a comparable form. */
const textOf = (components: readonly TemplateComponent[]): string =>
  JSON.stringify(
    components
      .map(({ type, format, text, buttons }) => [type, format ?? null, text ?? null, buttonTexts(buttons)])
      .toSorted(([a], [b]) => String(a).localeCompare(String(b))),
  )

const buttonTexts = (buttons: unknown): unknown[] =>
  Array.isArray(buttons) ? buttons.map((button: { type?: unknown; text?: unknown }) => [button.type, button.text]) : []

/** Records that WhatsApp refused the submission. A version approved earlier stays approved. */
export async function rejectSubmission(
  app: AppContext,
  { merchantId, templateId }: { merchantId: string; templateId: string },
  reason: string,
): Promise<void> {
  await withTenant(app, systemActor(merchantId), async (unit) => {
    const template = await lockTemplate(unit, templateId)
    if (template.approval !== 'PENDING' || template.submittedAt !== null) return
    const { id, name, language, approvedVersion } = template
    const to = approvedVersion === null ? 'REJECTED' : 'APPROVED'
    await unit.tx.$executeRaw`
      UPDATE template SET approval = ${to}::template_approval, rejection_reason = ${reason}, submitted_version = approved_version,
        submitted_at = now() WHERE id = ${id}::uuid`
    unit.emit(templateStatusChanged.draft(id, { templateId: id, name, language, from: 'PENDING', to, reason }))
  })
}
