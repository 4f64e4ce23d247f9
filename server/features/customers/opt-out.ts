import { mayActFor, type TenantActor } from '../../auth/actor.ts'
import type { AppContext } from '../../context.ts'
import { isUuid } from '../../db/shop-query.ts'
import { withTenant, type UnitOfWork } from '../../db/tenant.ts'
import { NotFoundError } from '../../errors.ts'

/**
 * Records whether a customer wants advertising. Setting what is set already changes nothing, and keeps the first time.
 *
 * @returns the customer's id
 * @throws NotFoundError for a customer the shop does not have, or whom the bot is not serving.
 */
export async function setOptOut(
  app: AppContext,
  actor: TenantActor,
  input: { customerId: string; optedOut: boolean },
): Promise<string> {
  const { customerId, optedOut } = input
  return withTenant(app, actor, async (unit) => {
    if (!isUuid(customerId) || !mayActFor(actor, customerId)) throw unknownCustomer()
    const changed = await recordOptOut(unit, customerId, optedOut)
    const known = changed || (await unit.tx.customer.count({ where: { id: customerId } })) > 0
    if (!known) throw unknownCustomer()
    return customerId
  })
}

/** The same within a unit of work, for what WhatsApp itself tells; true when it changed something. */
export async function recordOptOut(unit: UnitOfWork, customerId: string, optedOut: boolean): Promise<boolean> {
  const { count } = await unit.tx.customer.updateMany({
    where: { id: customerId, optedOutAt: optedOut ? null : { not: null } },
    data: { optedOutAt: optedOut ? new Date() : null },
  })
  if (count > 0) unit.audit({ action: optedOut ? 'customer.opt_out' : 'customer.opt_in', subjectId: customerId })
  return count > 0
}

const unknownCustomer = () => new NotFoundError('There is no customer with this id.')
