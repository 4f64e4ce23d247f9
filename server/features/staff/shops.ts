import type { Actor, StaffActor } from '../../auth/actor.ts'
import type { AppContext } from '../../context.ts'
import { isUuid, queryMerchant } from '../../db/merchant-query.ts'
import { withTenant } from '../../unit-of-work/unit-of-work.ts'
import { NotFoundError } from '../../errors.ts'
import type { StaffRole } from '../../generated/prisma/enums.ts'
import { signOut } from './service.ts'
import { prepareSession, storeSession, type OpenedSession } from './sessions.ts'
import { lookUpMemberships } from './lookups.ts'

/** A shop that a person is a member of. */
export type OwnShop = { merchantId: string; name: string; role: StaffRole }

/** The shops of a member of staff, in the order in which they joined. */
export async function shopsOf(app: AppContext, { merchantId, staffId }: StaffActor): Promise<OwnShop[]> {
  const [person] = await queryMerchant<{ email: string }>(
    app,
    merchantId,
    'SELECT email FROM staff_user WHERE id = $1',
    [staffId],
  )
  const memberships = person ? await lookUpMemberships(app, person.email) : []
  const shops = await Promise.all(memberships.map((one) => shopOfMember(app, one)))
  return shops.flatMap((shop) => shop ?? [])
}

async function shopOfMember(
  app: AppContext,
  { merchantId, userId }: { merchantId: string; userId: string },
): Promise<OwnShop | null> {
  const text =
    'SELECT s.id AS "merchantId", s.name, m.role FROM membership m JOIN merchant s ON s.id = m.merchant_id WHERE m.user_id = $1'
  const [shop] = await queryMerchant<OwnShop>(app, merchantId, text, [userId])
  return shop ?? null
}

/**
 * Opens another shop of the signed-in member: starts a session there and ends the present one. Null when the shop is
 * open already.
 *
 * @throws NotFoundError for a shop that the actor is no member of, and for actors other than staff.
 */
export async function openShop(
  app: AppContext,
  actor: Actor | null,
  merchantId: string,
): Promise<{ actor: StaffActor; session: OpenedSession | null }> {
  const unknown = new NotFoundError('You are not a member of a shop with this id.')
  if (actor?.kind !== 'STAFF' || !isUuid(merchantId)) throw unknown
  if (actor.merchantId === merchantId) return { actor, session: null }
  const shop = (await shopsOf(app, actor)).find((one) => one.merchantId === merchantId)
  if (!shop) throw unknown
  const { staffId, name } = actor
  const session = prepareSession({ merchantId, staffId, name, role: shop.role })
  await withTenant(app, session.actor, async ({ tx, audit }) => {
    await storeSession(tx, session)
    audit({ action: 'staff.sign_in', subjectId: staffId })
  })
  await signOut(app, actor)
  return { actor: session.actor, session }
}
