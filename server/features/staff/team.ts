import type { Authorized, TenantActor } from '../../auth/actor.ts'
import { assertHolds } from '../../auth/grants.ts'
import { permissionsOfRole } from '../../auth/permissions.ts'
import { lockRights } from '../../auth/lock-rights.ts'
import type { AppContext } from '../../context.ts'
import { once } from '../../unit-of-work/idempotency.ts'
import { withTenant, type UnitOfWork } from '../../unit-of-work/unit-of-work.ts'
import { AppError, DomainError, NotFoundError } from '../../errors.ts'
import type { StaffRole } from '../../generated/prisma/enums.ts'
import { decideRemoval, decideRoleChange, type TeamActor, type TeamMember, type TeamRule } from './domain.ts'
import { permissionsGained, teamActorOf } from './granting.ts'
import { loadMembers, type Member } from './queries.ts'
import { withdrawInvitations } from './withdrawing.ts'

const RULES: Record<TeamRule, string> = {
  LAST_OWNER: 'A shop needs an owner: make another member an owner first.',
  OWN_ROLE: 'You cannot change your own role: ask another owner.',
  ABOVE_OWN_ROLE: 'You cannot change a role above your own: ask an owner who is signed in.',
}

/** A change of the team that its rules forbid. */
export class TeamRuleError extends DomainError {
  readonly rule: TeamRule
  constructor(rule: TeamRule) {
    super(RULES[rule])
    this.rule = rule
  }
}

/** @throws TeamRuleError for a refusal. */
export function assertAllowed(refusal: TeamRule | null): void {
  if (refusal) throw new TeamRuleError(refusal)
}

/** The team, the actor as a member of it, and the actor with its current permissions. */
export type LockedTeam = { team: TeamMember[]; self: TeamActor; actor: TenantActor }

/**
 * Locks the team until commit, so that concurrent changes see each other.
 *
 * @throws AppError FORBIDDEN when the actor no longer has the permission, UNAUTHENTICATED when its access has ended.
 */
export async function lockTeam(unit: UnitOfWork): Promise<LockedTeam> {
  const team = await unit.tx.$queryRaw<TeamMember[]>`
    SELECT user_id AS id, role::text AS role FROM membership ORDER BY user_id FOR UPDATE`
  const actor = await lockRights(unit)
  const role = actor.kind === 'STAFF' ? team.find(({ id }) => id === actor.staffId)?.role : null
  if (role !== null && role !== 'OWNER') throw new AppError('FORBIDDEN', 'Only owners manage the team.')
  return { team, self: { ...teamActorOf(actor), ...(role ? { role } : {}) }, actor }
}

const memberOf = (team: readonly TeamMember[], id: string): TeamMember => {
  const member = team.find((one) => one.id === id)
  if (!member) throw new NotFoundError('There is no member with this id in your shop.')
  return member
}

export type ChangeRoleInput = { memberId: string; role: StaffRole; idempotencyKey?: string | null }

/**
 * Gives a member another role. Sockets of the member reconnect with the new permissions within seconds. Pending
 * invitations of a member who may no longer invite are revoked; API keys that the member saw belong to the shop and remain.
 *
 * @throws NotFoundError, TeamRuleError, AppError FORBIDDEN when the member would gain permissions that the actor lacks.
 */
export async function changeMemberRole(
  app: AppContext,
  actor: Authorized<'staff:write'>,
  input: ChangeRoleInput,
): Promise<Member> {
  const { memberId, role, idempotencyKey: key } = input
  await withTenant(app, actor, (unit) =>
    once(unit, { key, operation: 'changeMemberRole', input: { memberId, role } }, async () => {
      const { team, self, actor: giver } = await lockTeam(unit)
      const member = memberOf(team, memberId)
      assertHolds(giver, permissionsGained(member.role, role), `Giving the role ${role}`)
      assertAllowed(decideRoleChange(team, { actor: self, member, to: role }))
      if (member.role === role) return memberId
      const { merchantId, tx } = unit
      const merchantId_userId = { merchantId, userId: memberId }
      await tx.membership.update({ where: { merchantId_userId }, data: { role } })
      if (!permissionsOfRole(role).has('staff:write')) await withdrawInvitations(unit, [`STAFF:${memberId}`])
      unit.audit({ action: 'staff.change_role', subjectId: memberId, detail: { from: member.role, to: role } })
      return memberId
    }),
  )
  await app.changes.announce({ kind: 'staff', id: memberId, merchantId: actor.merchantId })
  const [member] = await loadMembers(app, actor.merchantId, [memberId])
  if (!member) throw new NotFoundError('There is no member with this id in your shop.')
  return member
}

export type RemoveMemberInput = { memberId: string; idempotencyKey?: string | null }

/**
 * Removes a member: sessions in this shop end, open sockets within seconds, and chats assigned to the member lose their
 * assignee. Pending invitations by the member are revoked; API keys that the member saw belong to the shop and stay. The
 * account of a person without another shop is cleared, so that the address can be invited again.
 *
 * @throws NotFoundError, TeamRuleError.
 */
export async function removeMember(
  app: AppContext,
  actor: Authorized<'staff:write'>,
  { memberId, idempotencyKey: key }: RemoveMemberInput,
): Promise<string> {
  await withTenant(app, actor, (unit) =>
    once(unit, { key, operation: 'removeMember', input: { memberId } }, async () => {
      const { team, self } = await lockTeam(unit)
      const member = memberOf(team, memberId)
      assertAllowed(decideRemoval(team, { actor: self, member }))
      await deleteMembership(unit, memberId)
      await withdrawInvitations(unit, [`STAFF:${memberId}`])
      unit.audit({ action: 'staff.remove', subjectId: memberId, detail: { role: member.role } })
      return memberId
    }),
  )
  await app.changes.announce({ kind: 'staff', id: memberId, merchantId: actor.merchantId })
  return memberId
}

async function deleteMembership({ tx, merchantId }: UnitOfWork, userId: string): Promise<void> {
  // Locked, so that this sees a concurrent join of another shop, or that join waits.
  const [person] = await tx.$queryRaw<
    { email: string }[]
  >`SELECT email FROM staff_user WHERE id = ${userId}::uuid FOR UPDATE`
  const shops = await tx.$queryRaw<unknown[]>`SELECT 1 FROM lookup_memberships(${person?.email})`
  if (shops.length <= 1)
    await tx.staffUser.updateMany({
      where: { id: userId },
      data: { email: `${userId}@removed.invalid`, passwordHash: '' },
    })
  await tx.staffSession.updateMany({ where: { userId, revokedAt: null }, data: { revokedAt: new Date() } })
  await tx.conversation.updateMany({ where: { assigneeId: userId }, data: { assigneeId: null } })
  await tx.membership.delete({ where: { merchantId_userId: { merchantId, userId } } })
}
