import { can, type Actor, type TenantActor } from '../../auth/actor.ts'
import { lackedBy } from '../../auth/grants.ts'
import { permissionsOfRole, type Permission } from '../../auth/permissions.ts'
import type { StaffRole } from '../../generated/prisma/enums.ts'
import { decideInvitation, decideRemoval, decideRoleChange, ROLES, type TeamActor, type TeamMember } from './domain.ts'

/** The actor as the rules of the team see it. */
export const teamActorOf = (actor: TenantActor): TeamActor =>
  actor.kind === 'STAFF' ? { id: actor.staffId, role: actor.role } : { id: null, role: 'MANAGER' }

/** Permissions gained by a change from role `from` (null for a new member) to role `to`. */
export function permissionsGained(from: StaffRole | null, to: StaffRole): Permission[] {
  const before = from ? permissionsOfRole(from) : new Set<Permission>()
  return [...permissionsOfRole(to)].filter((permission) => !before.has(permission))
}

const canChangeTeam = (actor: Actor | null): actor is TenantActor =>
  actor !== null && actor.kind !== 'IDLE_BOT' && can(actor, 'staff:write')

/** Roles in which the actor may invite people. */
export const invitableRoles = (actor: Actor | null): StaffRole[] =>
  canChangeTeam(actor)
    ? ROLES.filter(
        (role) =>
          decideInvitation(teamActorOf(actor), role) === null &&
          lackedBy(actor, permissionsGained(null, role)).length === 0,
      )
    : []

type MemberToChange = TeamMember & { isLastOwner: boolean }

/** The part of the team that the rules need: the member, and another owner if there is one. */
const relevantTeam = (member: MemberToChange): TeamMember[] =>
  member.role === 'OWNER' && !member.isLastOwner ? [member, { id: '', role: 'OWNER' }] : [member]

/** Roles other than the current one that the actor may assign to a member now. */
export const assignableRoles = (actor: Actor | null, member: MemberToChange): StaffRole[] =>
  canChangeTeam(actor)
    ? ROLES.filter(
        (to) =>
          to !== member.role &&
          decideRoleChange(relevantTeam(member), { actor: teamActorOf(actor), member, to }) === null &&
          lackedBy(actor, permissionsGained(member.role, to)).length === 0,
      )
    : []

/** Whether the actor may remove the member now. */
export const isRemovable = (actor: Actor | null, member: MemberToChange): boolean =>
  canChangeTeam(actor) && decideRemoval(relevantTeam(member), { actor: teamActorOf(actor), member }) === null
