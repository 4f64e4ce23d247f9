import type { Redis } from 'ioredis'
import type { Logger } from '../logger.ts'
import { openRedis, RedisRefusedError, withinTime } from './redis.ts'

/**
 * `failing`: writes to Redis fail, so live updates and jobs wait. `risky`: Redis works, but its configuration may lose jobs.
 * The reason is a sentence for an operator, without addresses and secrets; null for `ok`.
 */
export type RedisVerdict = { state: 'ok' | 'risky' | 'failing'; reason: string | null }

/** Periodic health check of Redis by this process. */
export type RedisHealth = AsyncDisposable & {
  /** The latest verdict, at most a few seconds old. */
  current: () => RedisVerdict
  /** Calls back when the verdict changes. Returns a function that stops it. */
  onChange: (listener: (verdict: RedisVerdict) => void) => () => void
}

const INTERVAL_MS = 2_000
const TIMEOUT_MS = 1_000
const OK: RedisVerdict = { state: 'ok', reason: null }

// Does everything that Storeline needs of Redis: a script over keys of different slots, writes that expire, and a message.
// A ping would succeed on replicas, a full Redis and a cluster too.
const PROBE = `
  redis.call('SET', KEYS[1], ARGV[1], 'PX', 10000)
  redis.call('SET', KEYS[2], ARGV[1], 'PX', 10000)
  return redis.call('PUBLISH', KEYS[1], ARGV[1])`
const KEYS = ['storeline:health:jobs', 'storeline:health:signals']

const REASONS: readonly [RegExp, string][] = [
  [/READONLY/, 'It is a read-only replica. Set REDIS_URL to the primary, or to the Sentinels that watch it.'],
  [/\bOOM\b/, 'It is full and refuses writes. Raise its maxmemory, or free memory.'],
  [/CROSSSLOT|MOVED|CLUSTERDOWN|\bASK\b/, 'It is a Redis Cluster, which Storeline does not support.'],
  [/MISCONF/, 'It refuses writes because it cannot save to its disk.'],
  [/NOREPLICAS/, 'It refuses writes because it has fewer replicas than min-replicas-to-write.'],
  [/LOADING/, 'It is still loading its data.'],
  [/NOAUTH|WRONGPASS/, 'It refuses the user or password in REDIS_URL.'],
  [
    /NOPERM|user executing the script/,
    'The user in REDIS_URL lacks permissions: it needs every command on keys and channels storeline:*.',
  ],
  [/timed out|timeout/i, 'It does not answer.'],
]

function reasonOf(...errors: unknown[]): string {
  const messages = errors.map((error) => (error instanceof Error ? error.message : '')).join('\n')
  return REASONS.find(([pattern]) => pattern.test(messages))?.[1] ?? 'It cannot be reached.'
}

/** The error of each connection that is lost now. */
const lostFor = new WeakMap<Redis, Error>()

/** Checks that Redis does what Storeline needs, by doing it once. Never throws; takes at most two seconds. */
export async function inspectRedis(redis: Redis): Promise<RedisVerdict> {
  try {
    await withinTime(redis.eval(PROBE, KEYS.length, ...KEYS, Date.now()), TIMEOUT_MS)
  } catch (error) {
    return { state: 'failing', reason: reasonOf(error, lostFor.get(redis)) }
  }
  const { maxmemory, maxmemory_policy: policy } = await infoOf(redis, 'memory')
  if (policy && policy !== 'noeviction' && Number(maxmemory) > 0)
    return {
      state: 'risky',
      reason: `It evicts jobs when it is full (${policy}): set maxmemory-policy noeviction.`,
    }
  return OK
}

/**
 * Refuses a Redis Cluster, which would refuse most scripts of Storeline: their keys lie in several slots.
 *
 * @throws RedisRefusedError that says what to use instead.
 */
export async function assertNoCluster(redis: Redis): Promise<void> {
  const { cluster_enabled: cluster } = await infoOf(redis, 'cluster')
  if (cluster === '1')
    throw new RedisRefusedError(
      'REDIS_URL leads to a Redis Cluster, which Storeline does not support: its scripts use keys of several slots. Use one Redis (cluster-enabled no), with a replica and Sentinel for fail-over: redis+sentinel://sentinel1:26379,sentinel2:26379/name-of-the-primary.',
    )
}

/** Checks Redis every two seconds, and logs changes of the verdict. */
export async function watchRedis(redis: Redis, logger: Logger): Promise<RedisHealth> {
  const listeners = new Set<(verdict: RedisVerdict) => void>()
  let verdict = OK
  let timer: NodeJS.Timeout | undefined
  let stopped = false
  redis.on('error', (error: Error) => void lostFor.set(redis, error)).on('ready', () => void lostFor.delete(redis))

  const check = async (): Promise<void> => {
    const next = await inspectRedis(redis)
    if (stopped) return
    const changed = next.state !== verdict.state || next.reason !== verdict.reason
    verdict = next
    timer = setTimeout(() => void check(), INTERVAL_MS)
    timer.unref()
    if (!changed) return
    if (next.state === 'ok') logger.info({ redis: next.state }, 'Redis works again')
    else logger.warn({ redis: next.state, reason: next.reason }, 'Redis does not work as it should')
    for (const listener of listeners) listener(next)
  }
  await check()
  return {
    current: () => verdict,
    onChange: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    [Symbol.asyncDispose]: async () => {
      stopped = true
      clearTimeout(timer)
    },
  }
}

/**
 * Connects to Redis and checks it once, for a check of the settings.
 *
 * @throws RedisRefusedError when Redis refuses the user or password, or is a cluster.
 */
export async function inspectRedisAt(url: string): Promise<RedisVerdict> {
  const redis = await openRedis(url)
  try {
    await assertNoCluster(redis)
    return await inspectRedis(redis)
  } finally {
    redis.disconnect()
  }
}

/** A section of INFO; empty when Redis does not answer or refuses the command. */
async function infoOf(redis: Redis, section: string): Promise<Partial<Record<string, string>>> {
  try {
    const text = await withinTime(redis.info(section), TIMEOUT_MS)
    return Object.fromEntries(text.split(/\r?\n/).map((line) => line.split(':', 2) as [string, string]))
  } catch {
    return {}
  }
}
