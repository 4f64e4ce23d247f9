import type { MarketingPreference } from '../../whatsapp/webhook.ts'
import { mayActFor, systemActor, type Authorized } from '../../auth/actor.ts'
import type { AppContext } from '../../context.ts'
import { processInParts } from '../../db/in-parts.ts'
import { isUuid } from '../../db/merchant-query.ts'
import { withTenant, type UnitOfWork } from '../../unit-of-work/unit-of-work.ts'
import { NotFoundError } from '../../errors.ts'
import { findOrCreateCustomer } from './service.ts'
import { lookUpMerchantOfNumber } from '../merchants/lookups.ts'

/**
 * Records whether a customer opted out of marketing messages. A repeated call changes nothing and keeps the first time.
 *
 * @returns the customer's id
 * @throws NotFoundError for a customer that the shop does not have, or that the bot does not serve now.
 */
export async function setOptOut(
  app: AppContext,
  actor: Authorized<'customers:write'>,
  input: { customerId: string; optedOut: boolean },
): Promise<string> {
  const { customerId, optedOut } = input
  return withTenant(app, actor, async (unit) => {
    if (!isUuid(customerId) || !mayActFor(actor, customerId)) throw unknownCustomer()
    const changed = await recordOptOut(unit, { customerId, optedOut, at: new Date() })
    const known = changed || (await unit.tx.customer.count({ where: { id: customerId } })) > 0
    if (!known) throw unknownCustomer()
    return customerId
  })
}

/**
 * Applies marketing preferences that customers set in WhatsApp; applying one twice is harmless. An opt-in older than the
 * recorded opt-out is ignored. A late opt-out always counts, because not sending marketing harms no customer.
 */
export async function applyPreferences(app: AppContext, preferences: readonly MarketingPreference[]): Promise<void> {
  for (const phoneNumberId of new Set(preferences.map((preference) => preference.phoneNumberId))) {
    const merchantId = await lookUpMerchantOfNumber(app, phoneNumberId)
    if (!merchantId) {
      app.logger.warn({ phoneNumberId }, 'preference for a phone number that belongs to no merchant')
      continue
    }
    await processInParts({
      items: preferences.filter((preference) => preference.phoneNumberId === phoneNumberId),
      size: PREFERENCES_PER_TRANSACTION,
      keyOf: ({ from }) => from.bsuid ?? from.phone ?? '',
      work: (part) =>
        withTenant(app, systemActor(merchantId), async (unit) => {
          for (const { from, stopped, occurredAt } of part) {
            const { id } = await findOrCreateCustomer(unit, from)
            await recordOptOut(unit, { customerId: id, optedOut: stopped, at: occurredAt })
          }
        }),
      refuse: async ({ stopped }, error) =>
        app.logger.error({ err: error, merchantId, stopped }, 'a marketing preference cannot be applied'),
    })
  }
}

/** The number of preferences that share a transaction. */
const PREFERENCES_PER_TRANSACTION = 25

type OptOut = { customerId: string; optedOut: boolean; at: Date }

async function recordOptOut(unit: UnitOfWork, { customerId, optedOut, at }: OptOut): Promise<boolean> {
  const { count } = await unit.tx.customer.updateMany({
    where: { id: customerId, optedOutAt: optedOut ? null : { lte: at } },
    data: { optedOutAt: optedOut ? at : null },
  })
  if (count > 0) unit.audit({ action: optedOut ? 'customer.opt_out' : 'customer.opt_in', subjectId: customerId })
  return count > 0
}

const unknownCustomer = () => new NotFoundError('No customer with this id exists in your shop.')
