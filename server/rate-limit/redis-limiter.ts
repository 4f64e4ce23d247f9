import type { ChainableCommander, Redis, Result } from 'ioredis'
import { openRedis } from '../db/redis.ts'
import type { Logger } from '../logger.ts'
import { createAccounts, type Account } from './accounts.ts'
import type { BucketSize, Drawn } from './bucket.ts'
import type { RateLimiter } from './limiter.ts'

const TIMEOUT_MS = 150
/** After a failure requests skip Redis for this long, so that not each of them waits for it. */
const REST_MS = 1_000
const WARN_EVERY_MS = 30_000
/** Interval at which what was spent is settled, for all buckets in one round trip. */
const SETTLE_EVERY_MS = 50

// Books what a process has spent already, which may leave a debt of at most one bucket, and draws by the arithmetic of
// bucket.ts with the clock of Redis. The key expires when the bucket is full again.
const SETTLE_AND_DRAW = `
local max, restore, spent, cost = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local kept = redis.call('HMGET', KEYS[1], 'points', 'at')
local at = tonumber(kept[2]) or now
local restored = (tonumber(kept[1]) or max) + math.max(0, now - at) * restore / 1000
local points = math.max(-max, math.min(max, math.min(max, restored) - spent))
local allowed = points >= cost and 1 or 0
if allowed == 1 then points = points - cost end
redis.call('HSET', KEYS[1], 'points', string.format('%.3f', points), 'at', math.max(now, at))
redis.call('PEXPIRE', KEYS[1], math.ceil((max - points) * 1000 / restore) + 1000)
return {allowed, math.floor(points)}`

declare module 'ioredis' {
  interface RedisCommander<Context> {
    settleAndDraw: (
      key: string,
      max: number,
      restore: number,
      spent: number,
      cost: number,
    ) => Result<[allowed: number, level: number], Context>
  }
}

/**
 * Buckets in Redis, settled behind the requests. A process counts a draw itself while the bucket has plenty (accounts.ts) and
 * settles all buckets together every 50 ms; near the limit it asks Redis, which decides exactly. What one process has not
 * settled yet is at most a tenth of a bucket, so up to ten processes together admit one bucket too much at most, and that
 * becomes a debt: over time no more is admitted than one bucket and what is restored.
 */
export async function redisLimiter(url: string, size: BucketSize, logger: Logger): Promise<RateLimiter> {
  const redis: Redis = await openRedis(url, { commandTimeout: TIMEOUT_MS })
  redis.defineCommand('settleAndDraw', { numberOfKeys: 1, lua: SETTLE_AND_DRAW })
  const accounts = createAccounts(size)
  const unsettled = new Set<string>()
  let restingUntil = 0
  let warnedAt = 0
  let timer: NodeJS.Timeout | undefined

  const fail = (error: unknown): null => {
    restingUntil = Date.now() + REST_MS
    if (Date.now() - warnedAt > WARN_EVERY_MS) {
      warnedAt = Date.now()
      logger.warn({ err: error }, 'Redis cannot count requests; they pass without a limit meanwhile')
    }
    return null
  }
  /** Sends what an account has spent, and a draw of `cost`. What a failure loses is not charged twice. */
  const send = (
    redisOrPipeline: Redis | ChainableCommander,
    { name, account, cost }: { name: string; account: Account; cost: number },
  ) => {
    unsettled.delete(name)
    const spent = accounts.beginSettling(account, cost)
    const { points, restorePerSecond } = size
    const answer = redisOrPipeline.settleAndDraw(`storeline:bucket:${name}`, points, restorePerSecond, spent, cost)
    return { answer, settle: (level: number | null) => accounts.endSettling(account, { sent: spent + cost, level }) }
  }
  const settleAll = async (): Promise<void> => {
    timer = undefined
    const pipeline = redis.pipeline()
    const sent = [...unsettled].map((name) => send(pipeline, { name, account: accounts.of(name), cost: 0 }))
    const answers = await pipeline.exec().catch((error: unknown) => fail(error))
    sent.forEach(({ settle }, index) => {
      const [error, answer] = answers?.[index] ?? [null, null]
      if (error) fail(error)
      settle(error || !answer ? null : (answer as [number, number])[1])
    })
  }
  const ask = async (name: string, account: Account, cost: number): Promise<Drawn | null> => {
    const { answer, settle } = send(redis, { name, account, cost })
    try {
      const [allowed, level] = await (answer as Promise<[number, number]>)
      settle(level)
      return { allowed: allowed === 1, available: Math.max(0, level) }
    } catch (error) {
      settle(null)
      return fail(error)
    }
  }

  return {
    draw: (name, { cost, refund }) => {
      if (Date.now() < restingUntil) return null
      const account = accounts.of(name)
      const drawn = accounts.draw(account, cost, refund)
      if (!drawn) return ask(name, account, cost)
      if (cost !== refund) unsettled.add(name)
      if (unsettled.size > 0) timer ??= setTimeout(() => void settleAll(), SETTLE_EVERY_MS).unref()
      return drawn
    },
    [Symbol.asyncDispose]: async () => {
      clearTimeout(timer)
      await settleAll()
      redis.disconnect()
    },
  }
}
