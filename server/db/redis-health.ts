import type { Redis } from 'ioredis'
import type { Logger } from '../logger.ts'
import { openRedis, RedisRefusedError, withinTime } from './redis.ts'

/**
 * `failing`: what is written to Redis does not arrive, so live updates and jobs wait. `risky`: it works, but is set up so
 * that it may lose jobs. The reason is a sentence for an operator, without addresses and secrets; null when all is well.
 */
export type RedisVerdict = { state: 'ok' | 'risky' | 'failing'; reason: string | null }

/** Redis as this process sees it, looked at again and again. */
export type RedisHealth = AsyncDisposable & {
  /** The newest verdict, at most a few seconds old. */
  current: () => RedisVerdict
  /** Calls back when the state changes. Returns its end. */
  onChange: (listener: (verdict: RedisVerdict) => void) => () => void
}

const EVERY_MS = 2_000
const TIMEOUT_MS = 1_000
const OK: RedisVerdict = { state: 'ok', reason: null }

// All that Storeline needs of Redis, at once: a script over keys of different slots, writes that run out, and a
// message. A ping is answered by replicas, by a full Redis and by a cluster, too.
const PROBE = `
  redis.call('SET', KEYS[1], ARGV[1], 'PX', 10000)
  redis.call('SET', KEYS[2], ARGV[1], 'PX', 10000)
  return redis.call('PUBLISH', KEYS[1], ARGV[1])`
const KEYS = ['storeline:health:jobs', 'storeline:health:signals']

const REASONS: readonly [RegExp, string][] = [
  [/READONLY/, 'It is a read-only replica. Lead REDIS_URL to the primary, or name the Sentinels that know it.'],
  [/\bOOM\b/, 'It is full and refuses to write. Raise its maxmemory, or free some.'],
  [/CROSSSLOT|MOVED|CLUSTERDOWN|\bASK\b/, 'It is a Redis Cluster, which Storeline does not use.'],
  [/MISCONF/, 'It refuses to write because it cannot save to its disk.'],
  [/NOREPLICAS/, 'It refuses to write because it has fewer replicas than it was told to have.'],
  [/LOADING/, 'It is still loading its data.'],
  [/NOAUTH|WRONGPASS/, 'It refuses the user or password in REDIS_URL.'],
  [
    /NOPERM|user executing the script/,
    'It does not let our user do all that is needed: every command, on keys and channels storeline:*.',
  ],
  [/timed out|timeout/i, 'It does not answer.'],
]

function reasonOf(...errors: unknown[]): string {
  const messages = errors.map((error) => (error instanceof Error ? error.message : '')).join('\n')
  return REASONS.find(([pattern]) => pattern.test(messages))?.[1] ?? 'It cannot be reached.'
}

/** Why the connection was lost, for as long as it is. */
const lostFor = new WeakMap<Redis, Error>()

/** Tries whether Redis does what Storeline needs, by doing it once. Never throws; takes two seconds at most. */
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
      reason: `It throws jobs away when it is full (${policy}): set maxmemory-policy noeviction.`,
    }
  return OK
}

/**
 * Refuses a Redis Cluster, which would refuse most of what Storeline does: a queue's and a shop's keys lie in several slots.
 *
 * @throws RedisRefusedError that says what to use instead.
 */
export async function assertNoCluster(redis: Redis): Promise<void> {
  const { cluster_enabled: cluster } = await infoOf(redis, 'cluster')
  if (cluster === '1')
    throw new RedisRefusedError(
      'REDIS_URL leads to a Redis Cluster, which Storeline does not use: its scripts take keys of several slots. Use one Redis (cluster-enabled no), with a replica and Sentinel for fail-over: redis+sentinel://sentinel1:26379,sentinel2:26379/name-of-the-primary.',
    )
}

/** Looks at Redis every two seconds, and logs when that changes anything. */
export async function watchRedis(redis: Redis, logger: Logger): Promise<RedisHealth> {
  const listeners = new Set<(verdict: RedisVerdict) => void>()
  let verdict = OK
  let timer: NodeJS.Timeout | undefined
  let stopped = false
  redis.on('error', (error: Error) => void lostFor.set(redis, error)).on('ready', () => void lostFor.delete(redis))

  const look = async (): Promise<void> => {
    const next = await inspectRedis(redis)
    if (stopped) return
    const changed = next.state !== verdict.state || next.reason !== verdict.reason
    verdict = next
    timer = setTimeout(() => void look(), EVERY_MS)
    timer.unref()
    if (!changed) return
    if (next.state === 'ok') logger.info({ redis: next.state }, 'Redis is well again')
    else logger.warn({ redis: next.state, reason: next.reason }, 'Redis is not as it should be')
    for (const listener of listeners) listener(next)
  }
  await look()
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
 * The verdict on a Redis that nothing is connected to yet, for whoever checks the settings.
 *
 * @throws RedisRefusedError when it does not take our user or password, or is a cluster.
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

/** A section of INFO; nothing when Redis does not tell us. */
async function infoOf(redis: Redis, section: string): Promise<Partial<Record<string, string>>> {
  try {
    const text = await withinTime(redis.info(section), TIMEOUT_MS)
    return Object.fromEntries(text.split(/\r?\n/).map((line) => line.split(':', 2) as [string, string]))
  } catch {
    return {}
  }
}
