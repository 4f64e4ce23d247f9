import { can, type Authorized, type TenantActor } from '../../auth/actor.ts'
import type { AppContext } from '../../context.ts'
import { decodeCursor, encodeCursor } from '../../events/cursor.ts'
import { positionOf, type FeedItem } from '../../events/feed.ts'
import type { RequestContext } from '../../graphql/context.ts'
import { MAX_PAGE } from '../../graphql/connection.ts'
import { MOST_COUNTED } from '../../graphql/list-sql.ts'
import { AppError } from '../../errors.ts'
import type { StreamRequest } from '../../graphql/stream-field.ts'
import { eventCatalogue } from '../events.ts'

/** The cursor from which a reader continues after the item. */
export function cursorAfter(item: FeedItem): string {
  const { sequence, incarnation } = positionOf(item)
  return encodeCursor(sequence, incarnation)
}

export type StreamArgs = { after?: string | null; types?: readonly string[] | null }

/** The requested event types that the actor has permission to see; all that it may see without a request. */
function visibleTypes(actor: TenantActor, types: readonly string[] | null | undefined): string[] {
  const wanted = types ? new Set(types) : null
  return eventCatalogue.all
    .filter(({ type, permission }) => can(actor, permission) && (wanted?.has(type) ?? true))
    .map(({ type }) => type)
}

/** Filters for visible events; gaps always pass. */
function filterFor(actor: TenantActor, types: readonly string[] | null | undefined): (item: FeedItem) => boolean {
  const visible = new Set(visibleTypes(actor, types))
  return (item) => item.kind === 'gap' || visible.has(item.event.type)
}

export function streamRequest({ after, types }: StreamArgs, ctx: RequestContext): StreamRequest {
  const actor = ctx.authorize('events:read')
  return {
    merchantId: actor.merchantId,
    after: after == null ? undefined : decodeCursor(after),
    wants: filterFor(actor, types),
  }
}

/** A page of the log after a cursor, oldest first, as a subscription would have sent it; without a cursor, from its beginning. */
export async function readEvents(
  app: AppContext,
  actor: Authorized<'events:read'>,
  { after, types, first }: StreamArgs & { first?: number | null },
) {
  const size = first ?? 20
  if (size < 0 || size > MAX_PAGE)
    throw new AppError('BAD_INPUT', `A page holds 0 to ${MAX_PAGE} items; ${size} were requested.`)
  const { merchantId } = actor
  const visible = visibleTypes(actor, types)
  // Few types are read each by its index; the whole log is read as it is.
  const everything = visible.length === eventCatalogue.all.length
  const { last, trimmed, incarnation } = await app.log.bounds(merchantId)
  const items: FeedItem[] = []
  let position = trimmed
  if (after != null) {
    const { sequence, gap } = await app.streams.resume(merchantId, decodeCursor(after))
    position = Math.max(sequence, trimmed)
    if (gap) items.push({ ...gap, sequence: position })
    else if (sequence < trimmed) items.push({ kind: 'gap', cause: 'TRIMMED', sequence: trimmed, incarnation })
  }
  while (position < last && items.length < size) {
    const room = size - items.length
    const events = await app.log.after(merchantId, position, room, everything ? null : visible)
    const newest = events.at(-1)?.sequence ?? position
    position = events.length < room ? Math.max(last, newest) : newest
    // The log may hold events of a type that no longer exists.
    for (const event of events) if (visible.includes(event.type)) items.push({ kind: 'event', event })
  }
  const edges = items.map((node) => ({
    cursor: cursorAfter(node),
    node,
  }))
  return {
    edges,
    pageInfo: {
      hasNextPage: position < last,
      hasPreviousPage: after != null,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: encodeCursor(position, incarnation),
    },
    totalCount: async () => Math.min(last - trimmed, MOST_COUNTED + 1),
  }
}
