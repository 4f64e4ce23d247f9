import { Redis, type RedisOptions } from 'ioredis'
import { readRedisUrl } from './redis-url.ts'

/** How long a start waits for Redis before it goes on without. */
const PATIENCE_MS = 2_000
/** How long a connection that took a refusal for a replica's waits until it looks for the primary again. */
const LOOK_AGAIN_MS = 2_000
/** How often a connection is asked whether anybody is there, and how long the answer may take. */
const ASK_EVERY_MS = 1_000
const SILENCE_MS = 2_000

/** Redis is there and refuses us: waiting does not help, a person must look at the setting. */
export class RedisRefusedError extends Error {
  readonly code = 'REDIS_REFUSED'
  constructor(message: string) {
    super(message)
    this.name = 'RedisRefusedError'
  }
}

/** How every connection of ours is made, BullMQ's included. `options` come last. */
export function redisOptions(url: string, options: RedisOptions = {}): RedisOptions {
  let lookedAt = 0
  return {
    ...readRedisUrl(url),
    connectTimeout: 5_000,
    keepAlive: 10_000,
    // A primary that becomes a replica may keep its connections. A new one leads to the new primary, if a name, a proxy or
    // a Sentinel stands between.
    reconnectOnError: ({ message }) => {
      if (!message.includes('READONLY') || Date.now() - lookedAt < LOOK_AGAIN_MS) return false
      lookedAt = Date.now()
      return true
    },
    retryStrategy: (times) => Math.min(times * 50, 1_000),
    ...options,
  }
}

/** For commands that somebody waits for: they fail within two seconds, and at once while Redis is known to be away. */
export const FAST_FAILING = {
  maxRetriesPerRequest: 1,
  enableOfflineQueue: false,
  commandTimeout: 2_000,
} satisfies RedisOptions

/**
 * A connection that fails fast while Redis is away, so that no request waits for it, and returns by itself. Resolves
 * once it is ready, or without it after two seconds: all but signals and jobs goes on without Redis.
 *
 * @throws RedisRefusedError when Redis does not take our user or password.
 */
export async function openRedis(url: string, options: RedisOptions = {}): Promise<Redis> {
  const redis = new Redis(redisOptions(url, { ...FAST_FAILING, ...options }))
  await new Promise<void>((done, fail) => {
    const settle = (end: () => void) => {
      clearTimeout(timer)
      redis.off('ready', ready).off('error', look)
      // Whether Redis answers is the health's matter; an error nobody listens to would be printed.
      redis.on('error', () => {})
      end()
    }
    const ready = () => settle(done)
    const look = ({ message }: Error) => {
      if (!/WRONGPASS|NOAUTH|invalid (username-)?password/i.test(message)) return
      redis.disconnect()
      settle(() => fail(new RedisRefusedError('Redis refuses the user or password in REDIS_URL; correct them.')))
    }
    const timer = setTimeout(ready, PATIENCE_MS)
    redis.on('ready', ready).on('error', look)
  })
  return redis
}

/**
 * Leaves a peer that keeps the connection and answers nothing, so that only the first commands wait for it. Returns its end,
 * which comes by itself with the connection's.
 */
export function leaveWhenSilent(redis: Redis): () => void {
  let asking = false
  const timer = setInterval(() => {
    if (asking || redis.status !== 'ready') return
    asking = true
    withinTime(redis.ping(), SILENCE_MS)
      .catch(({ message }: Error) => void (/timed out/.test(message) && redis.disconnect(true)))
      .finally(() => (asking = false))
  }, ASK_EVERY_MS)
  timer.unref()
  const stop = () => clearInterval(timer)
  redis.once('end', stop)
  return stop
}

/** The answer, or a rejection with "timed out" after `ms`. */
export async function withinTime<T>(answer: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_done, fail) => {
    timer = setTimeout(() => fail(new Error('timed out')), ms)
  })
  try {
    return await Promise.race([answer, late])
  } finally {
    clearTimeout(timer)
  }
}

const AWAY =
  /Connection is closed|Command timed out|Stream isn't writeable|max retries per request|All sentinels are unreachable|^(READONLY|OOM|LOADING|MISCONF|NOREPLICAS|CLUSTERDOWN|MASTERDOWN|TRYAGAIN) /

/** An error of a command that Redis could not do now: away, silent, full or read-only. */
export const isRedisAway = (error: unknown): boolean =>
  error instanceof Error && (AWAY.test(error.message) || isRedisAway(error.cause))
