import { systemActor, type Authorized } from '../../auth/actor.ts'
import type { AppContext } from '../../context.ts'
import { tryEnqueue } from '../../jobs/queues.ts'
import { queryMerchant } from '../../db/merchant-query.ts'
import { withTenant } from '../../unit-of-work/unit-of-work.ts'
import type { TemplateStatusUpdate } from '../../whatsapp/webhook.ts'
import type { WhatsAppTemplate } from '../../whatsapp/template-client.ts'
import { applyTemplateUpdate, isSameTemplate, type TemplateUpdate } from './approvals.ts'
import { approvalOf } from './domain/approval.ts'
import { submitTemplateJob, syncTemplatesJob } from './jobs.ts'
import { lockTemplate, type Locked } from './service.ts'
import { lookUpMerchants, lookUpMerchantsOfWaba } from '../merchants/lookups.ts'

/** For this long after submission WhatsApp may not list a template yet. */
const SETTLED_MS = 10 * 60_000
/** Requests within this interval share one job. */
const ASK_AGAIN_MS = 5_000
/** The delay before a sync when a status update may belong to a submission whose response has not arrived yet. */
const SOON_MS = 1_500
/** WhatsApp allows an account 6,000 templates (Meta, "Message templates: limits"); this only ends an endless list. */
const MOST_PAGES = 200

/** Schedules a synchronisation of the merchant's templates with WhatsApp. Returns the time of the request. */
export async function requestSync(app: AppContext, actor: Authorized<'templates:write'>): Promise<Date> {
  const { merchantId } = actor
  const at = Math.floor(Date.now() / ASK_AGAIN_MS) * ASK_AGAIN_MS
  await app.queues.enqueue(syncTemplatesJob.request({ merchantId, at }))
  return new Date(at)
}

type Known = {
  id: string
  name: string
  language: string
  metaId: string | null
  /** Not sent to WhatsApp yet. */
  waiting: boolean
  approval: string
}

/** The merchant's templates that WhatsApp has, or that wait to be submitted. */
const knownThere = (app: AppContext, merchantId: string): Promise<Known[]> =>
  queryMerchant(
    app,
    merchantId,
    `SELECT id, name, language, meta_id AS "metaId", approval::text, (approval::text = 'PENDING' AND submitted_at IS NULL) AS waiting
     FROM template WHERE meta_id IS NOT NULL OR approval::text = 'PENDING'`,
  )

/** Schedules a synchronisation for every merchant with submitted templates. */
export async function requestAllSyncs(app: AppContext): Promise<void> {
  // Never the number of a request by staff, whose finished job would swallow this one.
  const at = Math.floor(Date.now() / 60_000) * 60_000 + 1
  for (const merchantId of await lookUpMerchants(app)) {
    const known = await knownThere(app, merchantId)
    if (known.length > 0) await app.queues.enqueue(syncTemplatesJob.request({ merchantId, at }))
  }
}

/**
 * Synchronises the merchant's templates with WhatsApp: applies lost status updates, marks templates deleted at WhatsApp as
 * NOT_SUBMITTED, and schedules lost submissions again.
 */
export async function syncTemplates(app: AppContext, merchantId: string): Promise<void> {
  const known = await knownThere(app, merchantId)
  for (const { id, waiting } of known)
    if (waiting)
      await app.queues.enqueue(submitTemplateJob.request({ merchantId, templateId: id, attempt: Date.now() }))
  const submitted = known.filter(({ waiting }) => !waiting)
  if (submitted.length === 0) return
  const theirs = await listAll(app, merchantId)
  for (const { id, metaId, approval } of submitted) {
    const there = theirs.find((one) => one.metaId === metaId)
    await withTenant(app, systemActor(merchantId), async (unit) => {
      const template = await lockTemplate(unit, id)
      // An update that arrived during the request is newer than its response; the next sync compares again.
      if (isWaiting(template) || template.approval !== approval) return
      const settled = template.submittedAt !== null && Date.now() - template.submittedAt.getTime() > SETTLED_MS
      if (there) await applyTemplateUpdate(unit, template, updateOf(there))
      else if (settled)
        await applyTemplateUpdate(unit, template, { approval: 'NOT_SUBMITTED', reason: 'deleted in WhatsApp' })
    })
  }
}

const isWaiting = ({ approval, submittedAt }: Locked): boolean => approval === 'PENDING' && submittedAt === null

function updateOf({ metaId, status, reason, category }: WhatsAppTemplate): TemplateUpdate {
  const approval = approvalOf(status)
  return { metaId, ...(approval ? { approval } : {}), reason: reason ?? null, category: categoryOf(category) }
}

const categoryOf = (category: string | undefined): 'UTILITY' | 'MARKETING' | null =>
  category === 'UTILITY' || category === 'MARKETING' ? category : null

async function listAll(app: AppContext, merchantId: string): Promise<WhatsAppTemplate[]> {
  const accounts = await queryMerchant<{ wabaId: string }>(
    app,
    merchantId,
    'SELECT DISTINCT waba_id AS "wabaId" FROM whatsapp_number',
  )
  const all: WhatsAppTemplate[] = []
  for (const { wabaId } of accounts) {
    let after: string | undefined
    for (let page = 0; page < MOST_PAGES; page++) {
      const { templates, next } = await app.whatsapp.listTemplates(wabaId, { after })
      all.push(...templates)
      if (!next) break
      after = next
    }
  }
  return all
}

/** Applies status updates of templates from a webhook. Updates of templates that no merchant has are ignored. */
export async function applyTemplateUpdates(app: AppContext, updates: readonly TemplateStatusUpdate[]): Promise<void> {
  for (const one of updates)
    for (const merchantId of await lookUpMerchantsOfWaba(app, one.wabaId)) await applyToMerchant(app, merchantId, one)
}

async function applyToMerchant(app: AppContext, merchantId: string, one: TemplateStatusUpdate): Promise<void> {
  const known = await knownThere(app, merchantId)
  const own = known.find(({ metaId }) => metaId === one.metaId)
  // The update may belong to a submission whose response has not arrived yet, or to the version before it; a delayed sync
  // decides. The name alone is not enough, because merchants may share an account.
  if (own ? own.waiting : known.some((it) => it.waiting && isSameTemplate(it, one)))
    await tryEnqueue(app, syncTemplatesJob.request({ merchantId, at: Date.now() }, { delayMs: SOON_MS }))
  if (!own || own.waiting) return
  const approval = one.status === undefined ? null : approvalOf(one.status)
  const category = categoryOf(one.category)
  await withTenant(app, systemActor(merchantId), async (unit) => {
    const template = await lockTemplate(unit, own.id)
    if (isWaiting(template)) return
    await applyTemplateUpdate(unit, template, {
      metaId: one.metaId,
      ...(approval ? { approval } : {}),
      reason: one.reason ?? null,
      category,
    })
  })
}
