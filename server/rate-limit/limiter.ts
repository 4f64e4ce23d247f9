import type { Redis, Result } from 'ioredis'
import type { Config } from '../config.ts'
import { openRedis } from '../db/redis.ts'
import type { Logger } from '../logger.ts'
import { draw, type Bucket, type BucketSize, type Draw, type Drawn } from './bucket.ts'

/** Token buckets by name, shared by all processes that use the same store. */
export type RateLimiter = AsyncDisposable & {
  /** Null when the store is away: the request passes. Never throws, and waits at most TIMEOUT_MS. */
  draw: (name: string, draw: Draw) => Promise<Drawn | null>
}

const TIMEOUT_MS = 150
/** After a failure requests skip Redis for this long, so that not each of them waits for it. */
const REST_MS = 1_000
const WARN_EVERY_MS = 30_000
const CAPACITY = 50_000

/** Keeps buckets in Redis, shared by all api processes; without Redis in the memory of this process. */
export async function createRateLimiter(config: Config, size: BucketSize, logger: Logger): Promise<RateLimiter> {
  return config.redis.kind === 'url' ? redisLimiter(config.redis.url, size, logger) : memoryLimiter(size)
}

export function memoryLimiter(size: BucketSize, clock: () => number = Date.now): RateLimiter {
  const buckets = new Map<string, Bucket>()
  const full = (bucket: Bucket, now: number) => draw(bucket, now, size, { cost: 0, refund: 0 }).available >= size.points
  return {
    draw: async (name, wanted) => {
      const now = clock()
      const { bucket, ...drawn } = draw(buckets.get(name), now, size, wanted)
      if (buckets.size >= CAPACITY) for (const [key, one] of buckets) if (full(one, now)) buckets.delete(key)
      buckets.set(name, bucket)
      return drawn
    },
    [Symbol.asyncDispose]: async () => buckets.clear(),
  }
}

// draw() of bucket.ts with the clock of Redis, in one round trip. The key expires when the bucket is full again.
const DRAW = `
local max, restore, cost, refund = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local kept = redis.call('HMGET', KEYS[1], 'points', 'at')
local at = tonumber(kept[2]) or now
local points = math.min(max, (tonumber(kept[1]) or max) + math.max(0, now - at) * restore / 1000 + refund)
local allowed = points >= cost and 1 or 0
if allowed == 1 then points = points - cost end
redis.call('HSET', KEYS[1], 'points', string.format('%.3f', points), 'at', math.max(now, at))
redis.call('PEXPIRE', KEYS[1], math.ceil((max - points) * 1000 / restore) + 1000)
return {allowed, math.floor(points)}`

declare module 'ioredis' {
  interface RedisCommander<Context> {
    drawFromBucket: (
      key: string,
      max: number,
      restore: number,
      cost: number,
      refund: number,
    ) => Result<[allowed: number, available: number], Context>
  }
}

async function redisLimiter(url: string, size: BucketSize, logger: Logger): Promise<RateLimiter> {
  const redis: Redis = await openRedis(url, { commandTimeout: TIMEOUT_MS })
  redis.defineCommand('drawFromBucket', { numberOfKeys: 1, lua: DRAW })
  let restingUntil = 0
  let warnedAt = 0
  return {
    draw: async (name, { cost, refund }) => {
      const now = Date.now()
      if (now < restingUntil) return null
      try {
        const { points, restorePerSecond } = size
        const key = `storeline:bucket:${name}`
        const [allowed, available] = await redis.drawFromBucket(key, points, restorePerSecond, cost, refund)
        return { allowed: allowed === 1, available }
      } catch (error) {
        restingUntil = Date.now() + REST_MS
        if (now - warnedAt > WARN_EVERY_MS) {
          warnedAt = now
          logger.warn({ err: error }, 'Redis cannot count requests; they pass without a limit meanwhile')
        }
        return null
      }
    },
    [Symbol.asyncDispose]: async () => redis.disconnect(),
  }
}
