import type { StaffRole } from '../../generated/prisma/enums.ts'

/** The facts about a member that the rules need. */
export type TeamMember = { id: string; role: StaffRole }
/** The actor of a change of the team. An API key is no member and counts as a manager. */
export type TeamActor = { id: string | null; role: StaffRole }

/** The rule that a refused change of the team breaks. */
export type TeamRule = 'LAST_OWNER' | 'OWN_ROLE' | 'ABOVE_OWN_ROLE'

const RANK: Record<StaffRole, number> = { VIEWER: 0, AGENT: 1, MANAGER: 2, OWNER: 3 }

const isAbove = (role: StaffRole, actor: TeamActor): boolean => RANK[role] > RANK[actor.role]
const isLastOwner = (team: readonly TeamMember[], member: TeamMember): boolean =>
  member.role === 'OWNER' && !team.some((one) => one.role === 'OWNER' && one.id !== member.id)

/** Decides whether `actor` may invite a person in `role`: an actor cannot grant more than it has. */
export function decideInvitation(actor: TeamActor, role: StaffRole): TeamRule | null {
  return isAbove(role, actor) ? 'ABOVE_OWN_ROLE' : null
}

/** Decides whether `actor` may give `member` the role `to`; null when no rule forbids it. */
export function decideRoleChange(
  team: readonly TeamMember[],
  { actor, member, to }: { actor: TeamActor; member: TeamMember; to: StaffRole },
): TeamRule | null {
  if (to !== 'OWNER' && isLastOwner(team, member)) return 'LAST_OWNER'
  if (actor.id === member.id) return 'OWN_ROLE'
  return isAbove(member.role, actor) || isAbove(to, actor) ? 'ABOVE_OWN_ROLE' : null
}

/** Decides whether `actor` may remove `member`. An owner may leave as long as another owner stays. */
export function decideRemoval(
  team: readonly TeamMember[],
  { actor, member }: { actor: TeamActor; member: TeamMember },
): TeamRule | null {
  if (isLastOwner(team, member)) return 'LAST_OWNER'
  return isAbove(member.role, actor) ? 'ABOVE_OWN_ROLE' : null
}

/** All roles, the one with the most permissions first. */
export const ROLES: readonly StaffRole[] = ['OWNER', 'MANAGER', 'AGENT', 'VIEWER']

export type InvitationStatus = 'PENDING' | 'ACCEPTED' | 'REVOKED' | 'EXPIRED'

/** The status of an invitation at `now`. An accepted invitation stays accepted. */
export function invitationStatus(
  { acceptedAt, revokedAt, expiresAt }: { acceptedAt: Date | null; revokedAt: Date | null; expiresAt: Date },
  now: Date,
): InvitationStatus {
  if (acceptedAt) return 'ACCEPTED'
  if (revokedAt) return 'REVOKED'
  return expiresAt <= now ? 'EXPIRED' : 'PENDING'
}
