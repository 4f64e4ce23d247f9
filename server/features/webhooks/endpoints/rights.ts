import type { Actor } from '../../../auth/actor.ts'
import { assertHolds } from '../../../auth/grants.ts'
import type { Permission } from '../../../auth/permissions.ts'
import { lockRights } from '../../../auth/lock-rights.ts'
import type { UnitOfWork } from '../../../unit-of-work/unit-of-work.ts'
import type { EventCatalogue } from '../../../events/kit.ts'
import { wants } from '../domain.ts'

/** Permissions without which an actor may not see what an endpoint that chose `eventTypes` (none for all) is told. */
export const permissionsToSee = (events: EventCatalogue, eventTypes: readonly string[]): Permission[] => [
  ...new Set(events.all.filter(({ type }) => wants(eventTypes, type)).map(({ permission }) => permission)),
]

/** Permission to see what one delivery carries; none for a test. */
export const permissionsToRead = (events: EventCatalogue, type: string): Permission[] =>
  events.all.filter((event) => event.type === type).map(({ permission }) => permission)

/**
 * Lets an actor give an endpoint news, or get at its secret, when it may see all of that news itself.
 *
 * @throws AppError FORBIDDEN, UNAUTHENTICATED when the actor's access ended meanwhile.
 */
export async function assertMaySee(unit: UnitOfWork, permissions: readonly Permission[], act: string): Promise<void> {
  assertHolds(await lockRights(unit), permissions, act)
}

/** The same where nothing is changed and so nothing need be kept. @throws AppError FORBIDDEN. */
export const assertMayRead = (actor: Actor | null, events: EventCatalogue, type: string): void =>
  assertHolds(actor, permissionsToRead(events, type), `Showing what "${type}" carries`)
