import { EventEmitter } from 'node:events'
import { reconnectWhenSilent, openRedis, withinTime } from '../db/redis.ts'
import { asWork } from '../db/work.ts'
import type { JobProgress } from '../jobs/progress.ts'
import type { EventRecord } from './kit.ts'

/** All topics with their messages. Messages are signals: subscribers find out by themselves what they have missed. */
export type Topics = {
  /** New events of one merchant, in order. `id` is the merchant. */
  events: EventRecord[]
  /** A turn may be claimable. `id` is always "all". */
  turns: null
  /** Progress of a merchant's job. `id` is the merchant. */
  jobs: JobProgress
  /** Rights or settings of a merchant changed: caches drop them, and sockets that lost rights close. `id` is always "all". */
  revoked: { kind: 'session' | 'api_key' | 'staff' | 'merchant'; id: string; merchantId?: string }
}

type Topic = keyof Topics

export type PubSub = AsyncDisposable & {
  publish: <T extends Topic>(topic: T, id: string, message: Topics[T]) => Promise<void>
  /**
   * Resolves when the subscription is acknowledged: later messages arrive. While Redis is unreachable it resolves without,
   * after at most a second; when Redis is back, `onReconnect` reports that messages may have been missed. Returns a function
   * that unsubscribes.
   */
  subscribe: <T extends Topic>(topic: T, id: string, listener: (message: Topics[T]) => void) => Promise<() => void>
  /** Calls back when messages may have been missed: after a reconnection or a late subscription. Returns a function that stops it. */
  onReconnect: (listener: () => void) => () => void
}

/** Milliseconds that a subscriber waits for Redis before it starts from the log alone. */
const SUBSCRIBE_MS = 1_000

const channelOf = (topic: Topic, id: string): string => `storeline:${topic}:${id}`

/** Pub/sub within one process, for the embedded default. */
export function createLocalPubSub(): PubSub {
  const emitter = new EventEmitter().setMaxListeners(0)
  return {
    // Listeners run synchronously, but as work of their own: in the publisher's they would wait in its concurrency group.
    publish: async (topic, id, message) => void asWork('request', () => emitter.emit(channelOf(topic, id), message)),
    subscribe: async (topic, id, listener) => {
      const channel = channelOf(topic, id)
      emitter.on(channel, listener)
      return () => void emitter.off(channel, listener)
    },
    onReconnect: () => () => {},
    [Symbol.asyncDispose]: async () => void emitter.removeAllListeners(),
  }
}

/** Pub/sub over Redis. One connection publishes, one listens; each channel is subscribed to once per process. */
export async function createRedisPubSub(url: string): Promise<PubSub> {
  const [publisher, subscriber] = await Promise.all([openRedis(url), openRedis(url, { commandTimeout: 5_000 })])
  for (const redis of [publisher, subscriber]) reconnectWhenSilent(redis)
  const listeners = new Map<string, Set<(message: never) => void>>()
  const acknowledged = new Map<string, Promise<unknown>>()
  const reconnected = new Set<() => void>()
  const reportMissed = () => reconnected.forEach((listener) => listener())
  // On "ready" ioredis has sent its subscriptions again, but Redis may not have received them: only a read of the log after
  // the acknowledgement misses nothing.
  subscriber.on('ready', () => {
    const resubscribed = listeners.size > 0 ? subscriber.subscribe(...listeners.keys()) : Promise.resolve()
    resubscribed.then(reportMissed, () => {})
  })
  subscriber.on('message', (channel: string, text: string) => {
    const message = JSON.parse(text) as never
    for (const listener of listeners.get(channel) ?? []) listener(message)
  })

  const acknowledge = async (channel: string): Promise<void> => {
    // The "ready" handler subscribes to every channel that has listeners then, and reports missed messages.
    if (subscriber.status !== 'ready') return
    let ready = acknowledged.get(channel)
    if (!ready) {
      ready = subscriber.subscribe(channel)
      acknowledged.set(channel, ready)
      // The next subscriber tries again.
      ready.catch(() => acknowledged.get(channel) === ready && acknowledged.delete(channel))
    }
    try {
      await withinTime(ready, SUBSCRIBE_MS)
    } catch (error) {
      if (!/timed out/.test((error as Error).message) && subscriber.status === 'ready') throw error
      ready.then(reportMissed, () => {})
    }
  }

  return {
    publish: async (topic, id, message) => {
      await publisher.publish(channelOf(topic, id), JSON.stringify(message))
    },
    subscribe: async (topic, id, listener) => {
      const channel = channelOf(topic, id)
      const set = listeners.get(channel) ?? new Set()
      listeners.set(channel, set)
      set.add(listener as (message: never) => void)
      const leave = () => {
        set.delete(listener as (message: never) => void)
        if (set.size > 0 || listeners.get(channel) !== set) return
        listeners.delete(channel)
        acknowledged.delete(channel)
        if (subscriber.status === 'ready') subscriber.unsubscribe(channel).catch(() => {})
      }
      try {
        await acknowledge(channel)
      } catch (error) {
        leave()
        throw error
      }
      return leave
    },
    onReconnect: (listener) => {
      reconnected.add(listener)
      return () => void reconnected.delete(listener)
    },
    [Symbol.asyncDispose]: async () => {
      publisher.disconnect()
      subscriber.disconnect()
    },
  }
}
