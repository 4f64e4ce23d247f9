import { uuidv7 } from 'uuidv7'
import * as z from 'zod'
import { hashPassword, verifyPassword } from '../../auth/password.ts'
import { hashSecret } from '../../auth/secrets.ts'
import type { AppContext } from '../../context.ts'
import { queryMerchant } from '../../db/merchant-query.ts'
import { isConstraint } from '../../db/errors.ts'
import { withTenant, type UnitOfWork } from '../../unit-of-work/unit-of-work.ts'
import { parseInput } from '../../errors.ts'
import type { StaffRole } from '../../generated/prisma/enums.ts'
import { invitationStatus, type InvitationStatus } from './domain.ts'
import { InvitationOverError } from './invitations.ts'
import { createPerson, InvalidCredentialsError } from './service.ts'
import { prepareSession, storeSession, type OpenedSession } from './sessions.ts'
import type { SignInThrottle } from './throttle.ts'
import { lookUpInvitation, lookUpMemberships } from './lookups.ts'
import type { Invitation } from '../../generated/prisma/client.ts'

/** The part of an invitation that the holder of its link may see. */
export type OpenInvitation = {
  shopName: string
  email: string
  role: StaffRole
  status: InvitationStatus
  expiresAt: Date
}
type Found = OpenInvitation & { id: string; merchantId: string }

/** The format of the tokens that the server issues. */
const TOKEN = /^[\w-]{43}$/

type InvitationRow = Pick<Invitation, 'email' | 'role' | 'expiresAt' | 'acceptedAt' | 'revokedAt'> & {
  shopName: string
}
const INVITATION = `SELECT m.name AS "shopName", i.email, i.role, i.expires_at AS "expiresAt", i.accepted_at AS "acceptedAt",
    i.revoked_at AS "revokedAt" FROM invitation i JOIN merchant m ON m.id = i.merchant_id WHERE i.id = $1`

/** The invitation of a link's secret, or null. */
export async function openInvitation(app: AppContext, token: string): Promise<Found | null> {
  const found = TOKEN.test(token) ? await lookUpInvitation(app, hashSecret(token)) : undefined
  if (!found) return null
  const { merchantId, invitationId: id } = found
  const [row] = await queryMerchant<InvitationRow>(app, merchantId, INVITATION, [id])
  if (!row) return null
  const { shopName, email, role, expiresAt } = row
  return { id, merchantId, shopName, email, role, expiresAt, status: invitationStatus(row, new Date()) }
}

const acceptSchema = z.object({
  token: z.string(),
  name: z.string().trim().min(1, 'Enter your name.').max(80, 'A name has at most 80 characters.'),
  password: z
    .string()
    .min(10, 'A password has at least 10 characters.')
    .max(1_024, 'A password has at most 1024 characters.'),
})
export type AcceptInput = z.input<typeof acceptSchema>

/**
 * Joins the shop of the link and opens a session there. A person with an account (from another shop) enters its password
 * and keeps their name; for others an account is created. Of two acceptances at the same time one succeeds.
 *
 * Links and passwords can be guessed here, and hashing is expensive: both go through `throttle`.
 *
 * @throws ValidationError, InvitationOverError, InvalidCredentialsError, AppError RATE_LIMITED.
 */
export async function acceptInvitation(
  app: AppContext,
  input: AcceptInput,
  throttle: SignInThrottle,
): Promise<{ email: string; session: OpenedSession }> {
  const { token, name, password } = parseInput(acceptSchema, input)
  const invitation = await throttle.lookUp(() => openInvitation(app, token))
  if (invitation?.status !== 'PENDING') throw new InvitationOverError(invitation?.status ?? 'UNKNOWN')
  const { known, passwordHash } = await throttle.prove(invitation.email, async () => {
    const person = await verifyAccount(app, invitation, password)
    return { known: person, passwordHash: person ? null : await hashPassword(password) }
  })
  const person = known ?? { staffId: uuidv7(), name }
  const session = prepareSession({ merchantId: invitation.merchantId, role: invitation.role, ...person })
  try {
    await withTenant(app, session.actor, async (unit) => {
      await markAccepted(unit, invitation)
      const { merchantId, email, role } = invitation
      if (passwordHash) await createPerson(unit.tx, { userId: person.staffId, email, name: person.name, passwordHash })
      await unit.tx.membership.create({ data: { merchantId, userId: person.staffId, role } })
      if (known) await assertAccountExists(unit, person.staffId, email)
      await storeSession(unit.tx, session)
      unit.audit({ action: 'invitation.accept', subjectId: invitation.id, detail: { role } })
    })
  } catch (error) {
    // Another shop created or removed the account concurrently: look it up again.
    if (error instanceof AccountChangedError || (passwordHash && isConstraint(error, 'email')))
      return acceptInvitation(app, input, throttle)
    throw error
  }
  return { email: invitation.email, session }
}

/** Marks the invitation as accepted; of two at the same time only the first succeeds. */
async function markAccepted({ tx }: UnitOfWork, { id }: Found): Promise<void> {
  const marked = await tx.$executeRaw`
    UPDATE invitation SET accepted_at = now()
    WHERE id = ${id}::uuid AND accepted_at IS NULL AND revoked_at IS NULL AND expires_at > now()`
  if (marked === 1) return
  const row = await tx.invitation.findUniqueOrThrow({ where: { id } })
  const status = invitationStatus(row, new Date())
  throw new InvitationOverError(status === 'PENDING' ? 'EXPIRED' : status)
}

class AccountChangedError extends Error {}

/** A person who has just been removed from their last other shop has no account. The foreign key of the membership waits for that removal. */
async function assertAccountExists({ tx }: UnitOfWork, staffId: string, email: string): Promise<void> {
  if ((await tx.staffUser.count({ where: { id: staffId, email } })) === 0) throw new AccountChangedError()
}

/** The account with this address, after its password was verified; null when there is none. @throws InvalidCredentialsError, InvitationOverError. */
async function verifyAccount(
  app: AppContext,
  { email, merchantId }: Found,
  password: string,
): Promise<{ staffId: string; name: string } | null> {
  const memberships = await lookUpMemberships(app, email)
  const [membership] = memberships
  if (!membership) return null
  if (memberships.some((one) => one.merchantId === merchantId)) throw new InvitationOverError('ACCEPTED')
  const text = 'SELECT name, password_hash AS "passwordHash" FROM staff_user WHERE id = $1'
  const account = { merchantId: membership.merchantId, values: [membership.userId] }
  const [user] = await queryMerchant<{ name: string; passwordHash: string }>(
    app,
    account.merchantId,
    text,
    account.values,
  )
  if (!user || !(await verifyPassword(user.passwordHash, password)))
    throw new InvalidCredentialsError('This e-mail address already has an account. Enter its password to join.')
  return { staffId: membership.userId, name: user.name }
}
