import type { Cache, OptimisticMutationConfig, UpdateResolver } from '@urql/exchange-graphcache'
import type { LiveEvent } from './follow-events.ts'

type EventName = LiveEvent['__typename']

/** One handler for each event: it brings lists up to date. The cache has already updated the entities that the event carries. */
export type EventHandlers = {
  [Name in EventName]: (event: Extract<LiveEvent, { __typename: Name }>, cache: Cache) => void
}

/** The handler of an event that adds, moves or removes nothing in lists: the entities that it carries are enough. */
export const changesNoList = (): void => undefined

/** The rules that one feature adds to the cache. Export it from the feature's `*-cache.ts` and put it into the list in `web/cache.ts`. */
export type FeatureCache = {
  /** By mutation: brings lists up to date after the server has answered. */
  updates?: Record<string, UpdateResolver>
  /** By event: how lists follow it. */
  events?: Partial<EventHandlers>
  /** By mutation: the answer to show until the server's arrives, which then confirms it or rolls it back. */
  optimistic?: OptimisticMutationConfig
}
