import * as z from 'zod'
import { actorLabel, type Authorized, type TenantActor } from '../../auth/actor.ts'
import { assertHolds } from '../../auth/grants.ts'
import { hashSecret, randomSecret } from '../../auth/secrets.ts'
import type { AppContext } from '../../context.ts'
import { once } from '../../unit-of-work/idempotency.ts'
import { isUuid } from '../../db/merchant-query.ts'
import { withTenant, type UnitOfWork } from '../../unit-of-work/unit-of-work.ts'
import { DomainError, NotFoundError, parseInput, ValidationError } from '../../errors.ts'
import { StaffRole } from '../../generated/prisma/enums.ts'
import { decideInvitation, invitationStatus, type InvitationStatus } from './domain.ts'
import { permissionsGained } from './granting.ts'
import { loadInvitations, type InvitationRow } from './queries.ts'
import { assertAllowed, lockTeam } from './team.ts'

export const INVITATION_DAYS = 7
/** Pending invitations that a shop may have. */
const MAX_PENDING = 100

const REFUSALS: Record<Exclude<InvitationStatus, 'PENDING'> | 'UNKNOWN', string> = {
  ACCEPTED: 'This invitation has already been accepted. Sign in instead.',
  REVOKED: 'This invitation was revoked. Ask the owner of the shop for a new one.',
  EXPIRED: `This invitation is older than ${INVITATION_DAYS} days. Ask the owner of the shop for a new one.`,
  UNKNOWN: 'There is no such invitation. Check that the link is complete, or ask for a new one.',
}

/** The invitation is accepted, revoked, expired or unknown. */
export class InvitationOverError extends DomainError {
  constructor(status: keyof typeof REFUSALS) {
    super(REFUSALS[status])
  }
}

/** An email address, normalised for comparison. */
export const emailSchema = z
  .string()
  .trim()
  .toLowerCase()
  .max(254, 'An e-mail address has at most 254 characters.')
  .pipe(z.email('This is not an e-mail address. Write it like name@example.com.'))

const inviteSchema = z.object({ email: emailSchema, role: z.enum(StaffRole) })
export type InviteInput = z.input<typeof inviteSchema> & { idempotencyKey?: string | null }

/** An invitation with the secret of its link; the secret is null when an idempotent request is repeated. */
export type IssuedInvitation = { invitation: InvitationRow; token: string | null }

/**
 * Invites a person to the shop. No email is sent: the link is shown once, to be passed on. An earlier invitation of the
 * same address is revoked. An invitation by an API key expires no later than the key.
 *
 * @throws ValidationError, TeamRuleError, AppError FORBIDDEN when the role has permissions that the actor lacks: the
 *   response contains the link, so an actor could otherwise join by it.
 */
export async function inviteMember(
  app: AppContext,
  actor: Authorized<'staff:write'>,
  input: InviteInput,
): Promise<IssuedInvitation> {
  const { email, role } = parseInput(inviteSchema, input)
  const secret = randomSecret()
  const { id, token } = await withTenant(app, actor, async (unit) => {
    let issued: string | null = null
    const request = { key: input.idempotencyKey, operation: 'inviteMember', input: { email, role } }
    const invitationId = await once(unit, request, async () => {
      issued = secret
      return createInvitation(unit, { email, role, secret })
    })
    return { id: invitationId, token: issued }
  })
  return { invitation: await loadInvitation(app, actor.merchantId, id), token }
}

async function createInvitation(
  unit: UnitOfWork,
  { email, role, secret }: { email: string; role: StaffRole; secret: string },
): Promise<string> {
  const { self, actor: inviter } = await lockTeam(unit)
  assertHolds(inviter, permissionsGained(null, role), `Inviting a person as ${role}`)
  assertAllowed(decideInvitation(self, role))
  await replaceEarlierInvitation(unit, email)
  const { id } = await unit.tx.invitation.create({
    data: {
      merchantId: unit.merchantId,
      email,
      role,
      tokenHash: new Uint8Array(hashSecret(secret)),
      invitedBy: actorLabel(unit.actor),
      expiresAt: invitationExpiry(inviter),
    },
    select: { id: true },
  })
  unit.audit({ action: 'invitation.create', subjectId: id, detail: { email, role } })
  return id
}

function invitationExpiry(inviter: TenantActor): Date {
  const end = new Date(Date.now() + INVITATION_DAYS * 24 * 3600 * 1000)
  return inviter.kind === 'API_KEY' && inviter.endsAt && inviter.endsAt < end ? inviter.endsAt : end
}

async function replaceEarlierInvitation({ tx }: UnitOfWork, email: string): Promise<void> {
  const refuse = (message: string) => new ValidationError([{ path: 'input.email', message }])
  if (await tx.staffUser.findFirst({ where: { email }, select: { id: true } }))
    throw refuse('A person with this address is already in your team.')
  await tx.invitation.updateMany({
    where: { email, acceptedAt: null, revokedAt: null },
    data: { revokedAt: new Date() },
  })
  const pending = await tx.invitation.count({
    where: { acceptedAt: null, revokedAt: null, expiresAt: { gt: new Date() } },
  })
  if (pending >= MAX_PENDING) throw refuse(`${MAX_PENDING} invitations are pending; revoke some of them first.`)
}

export type RevokeInvitationInput = { invitationId: string; idempotencyKey?: string | null }

/**
 * Revokes an invitation, so that its link stops working. An expired or revoked one stays as it is.
 *
 * @throws NotFoundError, TeamRuleError, InvitationOverError when it has been accepted.
 */
export async function revokeInvitation(
  app: AppContext,
  actor: Authorized<'staff:write'>,
  { invitationId, idempotencyKey: key }: RevokeInvitationInput,
): Promise<InvitationRow> {
  if (!isUuid(invitationId)) throw unknown()
  await withTenant(app, actor, (unit) =>
    once(unit, { key, operation: 'revokeInvitation', input: { invitationId } }, async () => {
      const { self } = await lockTeam(unit)
      // Locked until commit, so that a concurrent acceptance happens before or after.
      const [row] = await unit.tx.$queryRaw<(Parameters<typeof invitationStatus>[0] & { role: StaffRole })[]>`
        SELECT role::text AS role, accepted_at AS "acceptedAt", revoked_at AS "revokedAt", expires_at AS "expiresAt"
        FROM invitation WHERE id = ${invitationId}::uuid FOR UPDATE`
      if (!row) throw unknown()
      assertAllowed(decideInvitation(self, row.role))
      const status = invitationStatus(row, new Date())
      if (status === 'ACCEPTED') throw new InvitationOverError('ACCEPTED')
      if (status === 'REVOKED') return invitationId
      await unit.tx.invitation.update({ where: { id: invitationId }, data: { revokedAt: new Date() } })
      unit.audit({ action: 'invitation.revoke', subjectId: invitationId })
      return invitationId
    }),
  )
  return loadInvitation(app, actor.merchantId, invitationId)
}

const unknown = () => new NotFoundError('No invitation with this id exists in your shop.')

async function loadInvitation(app: AppContext, merchantId: string, id: string): Promise<InvitationRow> {
  const [row] = await loadInvitations(app, merchantId, [id])
  if (!row) throw unknown()
  return row
}
