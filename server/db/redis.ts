import { Redis, SentinelConnector, type RedisOptions } from 'ioredis'
import { readRedisUrl } from './redis-url.ts'

/** Milliseconds that a starting process waits for Redis before it continues without. */
const START_TIMEOUT_MS = 2_000
/** The shortest interval between reconnections to find the primary, in ms. */
const RECONNECT_INTERVAL_MS = 2_000
/** Interval of pings, and the time that an answer may take, in ms. */
const PING_INTERVAL_MS = 1_000
const PING_TIMEOUT_MS = 2_000

/** Redis answers and refuses the connection: retrying does not help, a person must correct the setting. */
export class RedisRefusedError extends Error {
  readonly code = 'REDIS_REFUSED'
  constructor(message: string) {
    super(message)
    this.name = 'RedisRefusedError'
  }
}

/**
 * Finds the primary through Sentinels. ioredis keeps the subscriptions of a lost connection; a failover that they report while
 * the Sentinels are asked for the primary would abort that attempt, and with it the connection for good.
 */
class FailoverConnector extends SentinelConnector {
  override connect(...args: Parameters<SentinelConnector['connect']>): ReturnType<SentinelConnector['connect']> {
    super.disconnect()
    return super.connect(...args)
  }
}

/** Options of every connection to Redis, including BullMQ's. `options` take precedence. */
export function redisOptions(url: string, options: RedisOptions = {}): RedisOptions {
  let reconnectedAt = 0
  const target = readRedisUrl(url)
  return {
    ...target,
    ...(target.sentinels ? { Connector: FailoverConnector as RedisOptions['Connector'] } : {}),
    connectTimeout: 5_000,
    keepAlive: 10_000,
    // A primary that becomes a replica may keep its connections. A new connection reaches the new primary when a DNS name, a
    // proxy or a Sentinel is in between.
    reconnectOnError: ({ message }) => {
      if (!message.includes('READONLY') || Date.now() - reconnectedAt < RECONNECT_INTERVAL_MS) return false
      reconnectedAt = Date.now()
      return true
    },
    retryStrategy: (times) => Math.min(times * 50, 1_000),
    ...options,
  }
}

/** For commands that a request waits for: they fail within two seconds, and at once while Redis is known to be unreachable. */
export const FAST_FAILING = {
  maxRetriesPerRequest: 1,
  enableOfflineQueue: false,
  commandTimeout: 2_000,
} satisfies RedisOptions

/**
 * Opens a connection that fails fast while Redis is unreachable, so that no request waits for it, and reconnects by itself.
 * Resolves when it is ready, or after two seconds without: everything except signals and jobs works without Redis.
 *
 * @throws RedisRefusedError when Redis refuses the user or password.
 */
export async function openRedis(url: string, options: RedisOptions = {}): Promise<Redis> {
  const redis = new Redis(redisOptions(url, { ...FAST_FAILING, ...options }))
  await new Promise<void>((done, fail) => {
    const settle = (end: () => void) => {
      clearTimeout(timer)
      redis.off('ready', ready).off('error', onError)
      // The health check reports whether Redis answers; ioredis prints errors without a listener.
      redis.on('error', () => {})
      end()
    }
    const ready = () => settle(done)
    const onError = ({ message }: Error) => {
      if (!/WRONGPASS|NOAUTH|invalid (username-)?password/i.test(message)) return
      redis.disconnect()
      settle(() => fail(new RedisRefusedError('Redis refuses the user or password in REDIS_URL; correct them.')))
    }
    const timer = setTimeout(ready, START_TIMEOUT_MS)
    redis.on('ready', ready).on('error', onError)
  })
  return redis
}

/**
 * Reconnects when Redis keeps the connection but does not answer, so that only the first commands wait for it. Returns a
 * function that stops it; it also stops when the connection ends.
 */
export function reconnectWhenSilent(redis: Redis): () => void {
  let isPinging = false
  const timer = setInterval(() => {
    if (isPinging || redis.status !== 'ready') return
    isPinging = true
    withinTime(redis.ping(), PING_TIMEOUT_MS)
      .catch(({ message }: Error) => {
        // A disconnect while Sentinels are asked for the primary would end the connection for good (ioredis).
        if (/timed out/.test(message) && redis.status !== 'connecting') redis.disconnect(true)
      })
      .finally(() => (isPinging = false))
  }, PING_INTERVAL_MS)
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

/** Whether a command failed because Redis is unreachable, silent, full or read-only. */
export const isRedisUnavailable = (error: unknown): boolean =>
  error instanceof Error && (AWAY.test(error.message) || isRedisUnavailable(error.cause))
