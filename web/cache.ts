import type { Exchange } from '@urql/core'
import { cacheExchange, type Cache, type CacheExchangeOpts } from '@urql/exchange-graphcache'
import { catalogCache } from './features/catalog/catalog-cache.ts'
import { conversationCache } from './features/conversations/conversation-cache.ts'
import { mediaCache } from './features/media/media-cache.ts'
import { merchantCache } from './features/merchants/merchant-cache.ts'
import { orderCache } from './features/orders/order-cache.ts'
import { templateCache } from './features/templates/template-cache.ts'
import introspection from './generated/introspection.json'
import { changesNoList, type EventHandlers } from './graphql/feature-cache.ts'
import type { EventsSubscription } from './generated/operations.ts'
import { keysOf, type SchemaShape } from './graphql/keys.ts'
import { sessionCache } from './session/session-cache.ts'

/**
 * The handler of every event. When `satisfies` fails, the error names an event without one: add it to `events` in its
 * feature's `*-cache.ts`, with `changesNoList` if it changes no list.
 */
export const EVENT_HANDLERS = {
  ...catalogCache.events,
  ...conversationCache.events,
  ...mediaCache.events,
  ...merchantCache.events,
  ...orderCache.events,
  ...templateCache.events,
  // `followEvents` refetches everything on screen.
  GapEvent: changesNoList,
} satisfies EventHandlers

const followEvent = ({ events: event }: EventsSubscription, cache: Cache): void => {
  // TypeScript does not correlate an event's name with its handler's parameter.
  const handle = EVENT_HANDLERS[event.__typename] as (given: typeof event, cache: Cache) => void
  handle(event, cache)
}

/** A new normalised cache that knows the schema and applies the subscription's events. */
export function createCache(): Exchange {
  return cacheExchange({
    schema: introspection as unknown as NonNullable<CacheExchangeOpts['schema']>,
    keys: keysOf(introspection as SchemaShape),
    updates: {
      Subscription: {
        events: (result: EventsSubscription, _args, cache) => followEvent(result, cache),
      },
      Mutation: {
        ...conversationCache.updates,
        ...mediaCache.updates,
        ...orderCache.updates,
        ...sessionCache.updates,
        ...templateCache.updates,
      },
    },
    optimistic: { ...conversationCache.optimistic, ...orderCache.optimistic },
  })
}
