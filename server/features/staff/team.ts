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
  LAST_OWNER: 'A shop needs an owner: make somebody else an owner first.',
  OWN_ROLE: 'Nobody changes their own role: ask another owner.',
  ABOVE_OWN_ROLE: 'This reaches above your own role: ask an owner who is signed in.',
}

/** A change of the team that its rules forbid. */
export class TeamRuleError extends DomainError {
  readonly rule: TeamRule
  constructor(rule: TeamRule) {
    super(RULES[rule])
    this.rule = rule
  }
}

/** @throws TeamRuleError when a rule speaks against it. */
export function assertAllowed(refusal: TeamRule | null): void {
  if (refusal) throw new TeamRuleError(refusal)
}

/** The team, what the actor is in it, and the actor with the rights it has now. */
export type LockedTeam = { team: TeamMember[]; self: TeamActor; actor: TenantActor }

/**
 * The team as it is now, held until commit so that two changes at the same time see each other.
 *
 * @throws AppError FORBIDDEN when the actor has been lowered meanwhile, UNAUTHENTICATED when its access has ended.
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
  if (!member) throw new NotFoundError('Nobody with this id works in your shop.')
  return member
}

export type ChangeRoleInput = { memberId: string; role: StaffRole; idempotencyKey?: string | null }

/**
 * Gives a member another role. Their sockets reconnect with the new rights within seconds. Invitations of a member who
 * may no longer invite are taken back; keys that were shown to them are the shop's and stay.
 *
 * @throws NotFoundError, TeamRuleError, AppError FORBIDDEN when the member would gain what the actor lacks.
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
  await forget(app, memberId)
  const [member] = await loadMembers(app, actor.merchantId, [memberId])
  if (!member) throw new NotFoundError('Nobody with this id works in your shop.')
  return member
}

export type RemoveMemberInput = { memberId: string; idempotencyKey?: string | null }

/**
 * Takes a member out of the team: their sessions in this shop end, open sockets within seconds, and chats they had taken
 * over wait for somebody else. Their invitations are taken back; keys that were shown to them are the shop's and stay. A
 * person who belongs to no other shop is forgotten as an account, so that the address may be invited anew.
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
      await takeOut(unit, memberId)
      await withdrawInvitations(unit, [`STAFF:${memberId}`])
      unit.audit({ action: 'staff.remove', subjectId: memberId, detail: { role: member.role } })
      return memberId
    }),
  )
  await forget(app, memberId)
  return memberId
}

async function takeOut({ tx, merchantId }: UnitOfWork, userId: string): Promise<void> {
  // Locked, so that joining another shop at the same moment is seen, or sees this.
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

/** Has every process check the person's open sockets at once; should the word be lost, they are checked every 3 s. */
async function forget(app: AppContext, id: string): Promise<void> {
  await app.pubsub.publish('revoked', 'all', { kind: 'staff', id }).catch(() => {})
}
