import type { StaffRole } from '../../generated/prisma/enums.ts'

/** A member of a team, as far as the rules care. */
export type TeamMember = { id: string; role: StaffRole }
/** Who wants to change the team. A partner's key is nobody of the team and counts as a manager. */
export type TeamActor = { id: string | null; role: StaffRole }

/** Why a change of the team is refused. */
export type TeamRule = 'LAST_OWNER' | 'OWN_ROLE' | 'ABOVE_OWN_ROLE'

const RANK: Record<StaffRole, number> = { VIEWER: 0, AGENT: 1, MANAGER: 2, OWNER: 3 }

const isAbove = (role: StaffRole, actor: TeamActor): boolean => RANK[role] > RANK[actor.role]
const isLastOwner = (team: readonly TeamMember[], member: TeamMember): boolean =>
  member.role === 'OWNER' && !team.some((one) => one.role === 'OWNER' && one.id !== member.id)

/** Whether `actor` may ask somebody to join in `role`: nobody gives away more than they have. */
export function decideInvitation(actor: TeamActor, role: StaffRole): TeamRule | null {
  return isAbove(role, actor) ? 'ABOVE_OWN_ROLE' : null
}

/** Whether `actor` may give `member` the role `to`; null when nothing speaks against it. */
export function decideRoleChange(
  team: readonly TeamMember[],
  { actor, member, to }: { actor: TeamActor; member: TeamMember; to: StaffRole },
): TeamRule | null {
  if (to !== 'OWNER' && isLastOwner(team, member)) return 'LAST_OWNER'
  if (actor.id === member.id) return 'OWN_ROLE'
  return isAbove(member.role, actor) || isAbove(to, actor) ? 'ABOVE_OWN_ROLE' : null
}

/** Whether `actor` may take `member` out of the team. Owners may leave as long as another owner stays. */
export function decideRemoval(
  team: readonly TeamMember[],
  { actor, member }: { actor: TeamActor; member: TeamMember },
): TeamRule | null {
  if (isLastOwner(team, member)) return 'LAST_OWNER'
  return isAbove(member.role, actor) ? 'ABOVE_OWN_ROLE' : null
}

/** Every role, the one with the most rights first. */
export const ROLES: readonly StaffRole[] = ['OWNER', 'MANAGER', 'AGENT', 'VIEWER']

export type InvitationStatus = 'PENDING' | 'ACCEPTED' | 'REVOKED' | 'EXPIRED'

/** Where an invitation stands at `now`. What has been accepted stays accepted, whatever comes later. */
export function invitationStatus(
  { acceptedAt, revokedAt, expiresAt }: { acceptedAt: Date | null; revokedAt: Date | null; expiresAt: Date },
  now: Date,
): InvitationStatus {
  if (acceptedAt) return 'ACCEPTED'
  if (revokedAt) return 'REVOKED'
  return expiresAt <= now ? 'EXPIRED' : 'PENDING'
}
