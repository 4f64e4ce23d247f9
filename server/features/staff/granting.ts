import { can, type Actor, type TenantActor } from '../../auth/actor.ts'
import { lackedBy } from '../../auth/grants.ts'
import { permissionsOfRole, type Permission } from '../../auth/permissions.ts'
import type { StaffRole } from '../../generated/prisma/enums.ts'
import { decideInvitation, decideRemoval, decideRoleChange, ROLES, type TeamActor, type TeamMember } from './domain.ts'

/** What an actor counts as in the team. */
export const teamActorOf = (actor: TenantActor): TeamActor =>
  actor.kind === 'STAFF' ? { id: actor.staffId, role: actor.role } : { id: null, role: 'MANAGER' }

/** What somebody in role `from` (null for a newcomer) gets by becoming `to`. */
export function permissionsGained(from: StaffRole | null, to: StaffRole): Permission[] {
  const before = from ? permissionsOfRole(from) : new Set<Permission>()
  return [...permissionsOfRole(to)].filter((permission) => !before.has(permission))
}

const mayChangeTeam = (actor: Actor | null): actor is TenantActor =>
  actor !== null && actor.kind !== 'IDLE_BOT' && can(actor, 'staff:write')

/** Roles in which the actor may invite somebody. */
export const invitableRoles = (actor: Actor | null): StaffRole[] =>
  mayChangeTeam(actor)
    ? ROLES.filter(
        (role) =>
          decideInvitation(teamActorOf(actor), role) === null &&
          lackedBy(actor, permissionsGained(null, role)).length === 0,
      )
    : []

type MemberToChange = TeamMember & { isLastOwner: boolean }

/** The part of the team that the rules look at: the member, and another owner when there is one. */
const teamAround = (member: MemberToChange): TeamMember[] =>
  member.role === 'OWNER' && !member.isLastOwner ? [member, { id: '', role: 'OWNER' }] : [member]

/** Other roles that the actor may give a member now. */
export const assignableRoles = (actor: Actor | null, member: MemberToChange): StaffRole[] =>
  mayChangeTeam(actor)
    ? ROLES.filter(
        (to) =>
          to !== member.role &&
          decideRoleChange(teamAround(member), { actor: teamActorOf(actor), member, to }) === null &&
          lackedBy(actor, permissionsGained(member.role, to)).length === 0,
      )
    : []

/** Whether the actor may take a member out of the team now. */
export const isRemovable = (actor: Actor | null, member: MemberToChange): boolean =>
  mayChangeTeam(actor) && decideRemoval(teamAround(member), { actor: teamActorOf(actor), member }) === null
