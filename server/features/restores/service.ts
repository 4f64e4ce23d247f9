import type { Authorized } from '../../auth/actor.ts'
import type { AppContext } from '../../context.ts'
import { heldByRestore } from '../merchants/restore-hold.ts'
import { queryMerchant } from '../../db/merchant-query.ts'
import { withTenant } from '../../unit-of-work/unit-of-work.ts'
import { NotFoundError } from '../../errors.ts'
import type { RestoreDecision } from '../../generated/prisma/enums.ts'
import { failHeldMessages } from '../conversations/messages/held.ts'
import { skipHeldTurns } from '../conversations/turns/held.ts'
import { submitTemplateJob } from '../templates/jobs.ts'
import { rejectSubmission } from '../templates/submission.ts'
import { findDecidedRestore, type RestoreRow } from './queries.ts'
import { cancelHeldDeliveries } from '../webhooks/deliveries/held.ts'

const DISCARDED = 'It was on hold after a backup was restored, and was discarded.'

/**
 * Decides about everything that waited to be sent in a restored backup, and is held until then: messages, webhook
 * deliveries, submissions of templates, and answers of the bot. Orders and payments whose time ran out meanwhile expire
 * after either decision.
 *
 * @throws NotFoundError when nothing is held.
 */
export async function decideRestore(
  app: AppContext,
  actor: Authorized<'restores:write'>,
  { decision }: { decision: RestoreDecision },
): Promise<RestoreRow> {
  const { merchantId } = actor
  const templates = await heldTemplates(app, merchantId)
  // The hold ends after the last one, so that nothing to be discarded is sent meanwhile.
  if (decision === 'DISCARD') {
    for (const templateId of templates)
      await rejectSubmission(app, { merchantId, templateId }, `${DISCARDED} Submit it again.`)
    while ((await withTenant(app, actor, (unit) => failHeldMessages(unit, DISCARDED))) > 0);
  }
  await withTenant(app, actor, async (unit) => {
    const discarded =
      decision === 'DISCARD' ? { deliveries: await cancelHeldDeliveries(unit), turns: await skipHeldTurns(unit) } : {}
    const decided = await unit.tx.$executeRaw`
      UPDATE restore SET decision = ${decision}::restore_decision, decided_at = now() WHERE decision IS NULL`
    if (decided === 0) throw new NotFoundError('Nothing is on hold in your shop.')
    unit.audit({ action: 'backup.decide', detail: { decision, ...discarded } })
  })
  if (decision === 'SEND') await wake(app, merchantId, templates)
  const row = await findDecidedRestore(app, merchantId)
  if (!row) throw new Error(`The restore of shop ${merchantId} was decided and is gone`)
  return row
}

async function heldTemplates(app: AppContext, merchantId: string): Promise<string[]> {
  const text = `SELECT id FROM template t WHERE t.approval = 'PENDING' AND t.submitted_at IS NULL AND ${heldByRestore('t.updated_at')}`
  return (await queryMerchant<{ id: string }>(app, merchantId, text)).map(({ id }) => id)
}

/** Templates have no sweep; messages, deliveries and turns are found by theirs. The signal only wakes bots sooner. */
async function wake(app: AppContext, merchantId: string, templates: readonly string[]): Promise<void> {
  const attempt = Date.now()
  await app.queues.enqueue(
    ...templates.map((templateId) => submitTemplateJob.request({ merchantId, templateId, attempt })),
  )
  await app.pubsub.publish('turns', 'all', null).catch(() => {})
}

/** The decisions, with their descriptions in the schema. */
export const RESTORE_DECISIONS = {
  SEND: { description: 'Everything that was held is sent, as if the backup had never been restored.' },
  DISCARD: { description: 'None of it is sent: messages fail, webhook deliveries are cancelled.' },
} satisfies Record<RestoreDecision, { description: string }>
