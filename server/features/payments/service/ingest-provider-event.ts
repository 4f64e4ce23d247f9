import { uuidv7 } from 'uuidv7'
import { systemActor } from '../../../auth/actor.ts'
import type { AppContext } from '../../../context.ts'
import { withTenant } from '../../../unit-of-work/unit-of-work.ts'
import { lookUpPayment } from '../lookups.ts'
import type { ProviderEvent } from '../providers/provider.ts'
import { applyProviderStatus } from './apply-provider-status.ts'

/**
 * Stores a verified webhook of a provider and applies the status it reports, in one transaction; a repeated webhook changes
 * nothing. Returns false when the payment is unknown.
 */
export async function ingestProviderEvent(app: AppContext, provider: string, event: ProviderEvent): Promise<boolean> {
  const known = await lookUpPayment(app, provider, event.providerRef)
  if (!known) return false
  const { merchantId, paymentId } = known
  await withTenant(app, systemActor(merchantId), async (unit) => {
    const isNew = await unit.tx.$executeRaw`
      INSERT INTO payment_event (id, merchant_id, payment_id, provider_event_id, type, payload)
      VALUES (${uuidv7()}::uuid, ${merchantId}::uuid, ${paymentId}::uuid, ${event.id}, ${event.type}, ${JSON.stringify(event.payload)}::jsonb)
      ON CONFLICT DO NOTHING`
    if (isNew === 1) await applyProviderStatus(unit, paymentId, event.reported)
  })
  return true
}
