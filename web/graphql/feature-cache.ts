import type { Cache, OptimisticMutationConfig, UpdateResolver } from '@urql/exchange-graphcache'
import type { LiveEvent } from './follow-events.ts'

type EventName = LiveEvent['__typename']

/** A handler for each event, which updates cached lists. The cache has already updated the entities that the event carries. */
export type EventHandlers = {
  [Name in EventName]: (event: Extract<LiveEvent, { __typename: Name }>, cache: Cache) => void
}

/** The handler of an event that changes no list: updating the entities that it carries is enough. */
export const changesNoList = (): void => undefined

/** The rules that one feature adds to the cache. Export it from the feature's `*-cache.ts` and merge it in `web/cache.ts`. */
export type FeatureCache = {
  /** By mutation: updates cached lists after the server's response. */
  updates?: Record<string, UpdateResolver>
  /** By event: updates cached lists. */
  events?: Partial<EventHandlers>
  /** By mutation: the result to show until the server's response confirms it or rolls it back. */
  optimistic?: OptimisticMutationConfig
}
