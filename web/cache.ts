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

/** A type error at `satisfies` names an event without a handler: add it to `events` in its feature's `*-cache.ts`, as `changesNoList` when lists stay as they are. */
export const EVENT_HANDLERS = {
  ...catalogCache.events,
  ...conversationCache.events,
  ...mediaCache.events,
  ...merchantCache.events,
  ...orderCache.events,
  ...templateCache.events,
  // `followEvents` asks again for everything on screen.
  GapEvent: changesNoList,
} satisfies EventHandlers

const followEvent = ({ events: event }: EventsSubscription, cache: Cache): void => {
  // TypeScript cannot see that the handler found by an event's name takes that event.
  const handle = EVENT_HANDLERS[event.__typename] as (given: typeof event, cache: Cache) => void
  handle(event, cache)
}

/** A fresh normalised cache, aware of the schema, fed by the one subscription `events`. */
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
