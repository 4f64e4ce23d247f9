import { AppError } from '../errors.ts'
import { can, type Actor } from './actor.ts'
import { isPermission, type Permission } from './permissions.ts'

/** What of `wanted` the actor lacks, and so can neither hand on nor get at. Names that are no permissions give nothing. */
export const lackedBy = (actor: Actor | null, wanted: Iterable<string>): Permission[] =>
  [...new Set(wanted)].filter(isPermission).filter((permission) => !can(actor, permission))

/**
 * Lets the actor pass when it has every permission that would be handed on: no actor gives what it lacks. `act` is
 * the subject of the message, e.g. "Inviting a manager".
 *
 * @throws AppError FORBIDDEN with the missing permissions in its message and in `extensions.permissions`.
 */
export function assertHolds(actor: Actor | null, wanted: Iterable<string>, act: string): void {
  const permissions = lackedBy(actor, wanted)
  if (permissions.length === 0) return
  const names = permissions.map((permission) => `"${permission}"`).join(', ')
  const noun = permissions.length === 1 ? 'the permission' : 'the permissions'
  throw new AppError('FORBIDDEN', `${act} needs ${noun} ${names}, which you lack.`, { extensions: { permissions } })
}
