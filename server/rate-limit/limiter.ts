import type { Config } from '../config.ts'
import type { Logger } from '../logger.ts'
import { draw, type Bucket, type BucketSize, type Draw, type Drawn } from './bucket.ts'
import { redisLimiter } from './redis-limiter.ts'

/** Token buckets by name, shared by all processes that use the same store. */
export type RateLimiter = AsyncDisposable & {
  /**
   * Takes points from a bucket, at once where this process can answer for them. Null when the store is away: the request
   * passes. Never throws. A draw that costs nothing never waits.
   */
  draw: (name: string, draw: Draw) => Drawn | null | Promise<Drawn | null>
}

const CAPACITY = 50_000

/** Keeps buckets in Redis, shared by all api processes; without Redis in the memory of this process. */
export async function createRateLimiter(config: Config, size: BucketSize, logger: Logger): Promise<RateLimiter> {
  return config.redis.kind === 'url' ? redisLimiter(config.redis.url, size, logger) : memoryLimiter(size)
}

export function memoryLimiter(size: BucketSize, clock: () => number = Date.now): RateLimiter {
  const buckets = new Map<string, Bucket>()
  const full = (bucket: Bucket, now: number) => draw(bucket, now, size, { cost: 0, refund: 0 }).available >= size.points
  return {
    draw: (name, wanted) => {
      const now = clock()
      const { bucket, ...drawn } = draw(buckets.get(name), now, size, wanted)
      if (buckets.size >= CAPACITY) for (const [key, one] of buckets) if (full(one, now)) buckets.delete(key)
      buckets.set(name, bucket)
      return drawn
    },
    [Symbol.asyncDispose]: async () => buckets.clear(),
  }
}
