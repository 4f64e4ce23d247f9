import { systemActor, type Authorized } from '../../auth/actor.ts'
import type { AppContext } from '../../context.ts'
import { tryEnqueue } from '../../jobs/queues.ts'
import { queryShop } from '../../db/shop-query.ts'
import { withTenant } from '../../unit-of-work/unit-of-work.ts'
import type { TemplateStatusUpdate } from '../../whatsapp/webhook.ts'
import type { WhatsAppTemplate } from '../../whatsapp/template-client.ts'
import { applyTemplateUpdate, isSameTemplate, type TemplateUpdate } from './approvals.ts'
import { approvalOf } from './domain/approval.ts'
import { submitTemplateJob, syncTemplatesJob } from './jobs.ts'
import { lockTemplate, type Locked } from './service.ts'
import { lookUpMerchants, lookUpMerchantsOfWaba } from '../merchants/lookups.ts'

/** A template WhatsApp does not list may still be on its way there for as long. */
const SETTLED_MS = 10 * 60_000
/** Asking twice within it asks once. */
const ASK_AGAIN_MS = 5_000
/** How long an answer may be overtaken by news of what it answers. */
const SOON_MS = 1_500
/** WhatsApp allows an account 6,000 templates (Meta, "Message templates: limits"); this only ends a list that does not. */
const MOST_PAGES = 200

/** Has the state of the shop's templates fetched from WhatsApp now. Returns when that was asked for. */
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
  /** Still to be handed over. */
  waiting: boolean
  approval: string
}

/** Templates of the shop that WhatsApp has or is to have. */
const knownThere = (app: AppContext, merchantId: string): Promise<Known[]> =>
  queryShop(
    app,
    merchantId,
    `SELECT id, name, language, meta_id AS "metaId", approval::text, (approval::text = 'PENDING' AND submitted_at IS NULL) AS waiting
     FROM template WHERE meta_id IS NOT NULL OR approval::text = 'PENDING'`,
  )

/** Asks for a sync of every shop of which WhatsApp knows a template. */
export async function requestAllSyncs(app: AppContext): Promise<void> {
  const at = Math.floor(Date.now() / 60_000) * 60_000
  for (const merchantId of await lookUpMerchants(app)) {
    const known = await knownThere(app, merchantId)
    if (known.length > 0) await app.queues.enqueue(syncTemplatesJob.request({ merchantId, at }))
  }
}

/**
 * Brings the shop's templates to what WhatsApp says of them: news that were lost are made up for, what was deleted there
 * is no longer submitted here, and a submission that was lost is asked for again.
 */
export async function syncTemplates(app: AppContext, merchantId: string): Promise<void> {
  const known = await knownThere(app, merchantId)
  for (const { id, waiting } of known)
    if (waiting)
      await app.queues.enqueue(submitTemplateJob.request({ merchantId, templateId: id, attempt: Date.now() }))
  const handedOver = known.filter(({ waiting }) => !waiting)
  if (handedOver.length === 0) return
  const theirs = await listAll(app, merchantId)
  for (const { id, metaId, approval } of handedOver) {
    const there = theirs.find((one) => one.metaId === metaId)
    await withTenant(app, systemActor(merchantId), async (unit) => {
      const template = await lockTemplate(unit, id)
      // TemplateUpdate that came while WhatsApp was being asked are newer than its answer; the next sync compares again.
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
  const accounts = await queryShop<{ wabaId: string }>(
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

/** Takes in what a webhook told of templates. Updates of templates that no shop has are left. */
export async function applyTemplateUpdates(app: AppContext, news: readonly TemplateStatusUpdate[]): Promise<void> {
  for (const one of news)
    for (const merchantId of await lookUpMerchantsOfWaba(app, one.wabaId)) await applyToMerchant(app, merchantId, one)
}

async function applyToMerchant(app: AppContext, merchantId: string, one: TemplateStatusUpdate): Promise<void> {
  const known = await knownThere(app, merchantId)
  const own = known.find(({ metaId }) => metaId === one.metaId)
  // Perhaps news of a submission whose answer has not come yet, so they are asked for again once it has. Taken as they are
  // they could be of the version before; and the name alone proves nothing, because shops may share an account.
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
