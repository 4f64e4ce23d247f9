import type { Actor } from '../../../auth/actor.ts'
import { assertHolds } from '../../../auth/grants.ts'
import type { Permission } from '../../../auth/permissions.ts'
import { lockRights } from '../../../auth/lock-rights.ts'
import type { UnitOfWork } from '../../../unit-of-work/unit-of-work.ts'
import type { EventCatalogue } from '../../../events/kit.ts'
import { selectsType } from '../domain.ts'

/** Permissions needed to see the events of an endpoint that selected `eventTypes` (none for all). */
export const permissionsToSee = (events: EventCatalogue, eventTypes: readonly string[]): Permission[] => [
  ...new Set(events.all.filter(({ type }) => selectsType(eventTypes, type)).map(({ permission }) => permission)),
]

/** The permission needed to see the body of a delivery; none for a test. */
export const permissionsToRead = (events: EventCatalogue, type: string): Permission[] =>
  events.all.filter((event) => event.type === type).map(({ permission }) => permission)

/**
 * Asserts that the actor may see all events of an endpoint that it changes, or whose secret it receives.
 *
 * @throws AppError FORBIDDEN, or UNAUTHENTICATED when the actor's access has ended.
 */
export async function assertMaySee(unit: UnitOfWork, permissions: readonly Permission[], act: string): Promise<void> {
  assertHolds(await lockRights(unit), permissions, act)
}

/** The same for a read, which needs no lock. @throws AppError FORBIDDEN. */
export const assertMayRead = (actor: Actor | null, events: EventCatalogue, type: string): void =>
  assertHolds(actor, permissionsToRead(events, type), `Showing what "${type}" carries`)
