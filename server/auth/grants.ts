import { AppError } from '../errors.ts'
import { can, type Actor } from './actor.ts'
import { isPermission, type Permission } from './permissions.ts'

/** The permissions in `wanted` that the actor lacks, and so can neither grant nor obtain. Unknown names are ignored. */
export const lackedBy = (actor: Actor | null, wanted: Iterable<string>): Permission[] =>
  [...new Set(wanted)].filter(isPermission).filter((permission) => !can(actor, permission))

/**
 * Checks that the actor holds every permission it would grant. `act` is the subject of the message, e.g. "Inviting a
 * manager".
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
