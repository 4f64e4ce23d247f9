import * as z from 'zod'
import { uuidv7 } from 'uuidv7'
import { systemActor, type Actor, type TenantActor } from '../../auth/actor.ts'
import { hashPassword, verifyPassword } from '../../auth/password.ts'
import type { AppContext } from '../../context.ts'
import { queryMerchant } from '../../db/merchant-query.ts'
import type { Tx } from '../../db/tx.ts'
import { withTenant } from '../../unit-of-work/unit-of-work.ts'
import { DomainError } from '../../errors.ts'
import type { StaffRole } from '../../generated/prisma/enums.ts'
import { prepareSession, storeSession, type OpenedSession } from './sessions.ts'
import { lookUpMemberships } from './lookups.ts'

export class InvalidCredentialsError extends DomainError {}

const signInSchema = z.object({
  email: z.string().max(254),
  password: z.string().max(1_024),
  merchantId: z.uuid().nullish(),
})
const NOBODY = '00000000-0000-0000-0000-000000000000'

export type SignInInput = z.input<typeof signInSchema>

type Member = { role: StaffRole; name: string; passwordHash: string }
const MEMBER = `SELECT m.role, u.name, u.password_hash AS "passwordHash" FROM membership m JOIN staff_user u ON u.id = m.user_id
  WHERE m.merchant_id = $1 AND m.user_id = $2`

/**
 * Signs a member of staff in to one of their shops (the first one joined, unless named) and returns the session's
 * secret, which is not stored.
 *
 * @throws InvalidCredentialsError for an unknown person, a wrong password, and another shop.
 */
export async function signIn(app: AppContext, input: SignInInput): Promise<OpenedSession> {
  const parsed = signInSchema.safeParse(input)
  if (!parsed.success) throw wrongCredentials()
  const { email, password, merchantId } = parsed.data
  const memberships = await lookUpMemberships(app, email.trim().toLowerCase())
  const membership = merchantId ? memberships.find((one) => one.merchantId === merchantId) : memberships[0]
  // Looked up and hashed for an unknown address, too, so that the duration does not reveal accounts.
  const { merchantId: shopId, userId } = membership ?? { merchantId: NOBODY, userId: NOBODY }
  const [found] = await queryMerchant<Member>(app, shopId, MEMBER, [shopId, userId])
  const valid = await verifyPassword(found?.passwordHash, password)
  if (!membership || !found || !valid) throw wrongCredentials()

  const { merchantId: shop, userId: staffId } = membership
  const session = prepareSession({ merchantId: shop, staffId, name: found.name, role: found.role })
  await withTenant(app, session.actor, async ({ tx, audit }) => {
    await storeSession(tx, session)
    audit({ action: 'staff.sign_in', subjectId: staffId })
  })
  return session
}

const wrongCredentials = () => new InvalidCredentialsError('The email address or the password is wrong.')

/** Ends the session of a member of staff and closes its sockets; false for other actors. */
export async function signOut(app: AppContext, actor: Actor | null): Promise<boolean> {
  if (actor?.kind !== 'STAFF') return false
  await withTenant(app, actor, async ({ tx, audit }) => {
    await tx.staffSession.update({ where: { id: actor.sessionId }, data: { revokedAt: new Date() } })
    audit({ action: 'staff.sign_out', subjectId: actor.staffId })
  })
  await app.changes.announce({ kind: 'session', id: actor.sessionId, merchantId: actor.merchantId })
  return true
}

export type NewStaff = { email: string; name: string; password: string; role: StaffRole }

/** Adds a person to a shop; returns their id. */
export async function addStaff(
  app: AppContext,
  merchantId: string,
  { email, name, password, role }: NewStaff,
): Promise<string> {
  const userId = uuidv7()
  const passwordHash = await hashPassword(password)
  await withTenant(app, systemActor(merchantId), async ({ tx, audit }) => {
    await createPerson(tx, { userId, email: email.toLowerCase(), name, passwordHash })
    await tx.membership.create({ data: { merchantId, userId, role } })
    audit({ action: 'staff.add', subjectId: userId, detail: { role } })
  })
  return userId
}

/**
 * Gives people of a shop the same password, on behalf of the installation, unless the first of them has it already:
 * hashing takes a tenth of a second, and every start calls this.
 */
export async function setPasswords(
  app: AppContext,
  actor: TenantActor,
  { emails, password }: { emails: readonly string[]; password: string },
): Promise<void> {
  await withTenant(app, actor, async ({ tx }) => {
    const where = { email: { in: [...emails] } }
    const [first] = await tx.staffUser.findMany({ where, select: { passwordHash: true } })
    if (first && (await verifyPassword(first.passwordHash, password))) return
    await tx.staffUser.updateMany({ where, data: { passwordHash: await hashPassword(password) } })
  })
}

/** Creates a person, who is visible to the shop only once the membership exists. @throws when the address is taken. */
export async function createPerson(
  tx: Tx,
  { userId, email, name, passwordHash }: { userId: string; email: string; name: string; passwordHash: string },
): Promise<void> {
  // Without RETURNING, because the row is not visible yet.
  await tx.$executeRaw`INSERT INTO staff_user (id, email, name, password_hash) VALUES (${userId}::uuid, ${email}, ${name}, ${passwordHash})`
}
