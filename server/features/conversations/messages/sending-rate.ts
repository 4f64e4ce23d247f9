import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes, type RateLimiterAbstract } from 'rate-limiter-flexible'
import { Redis } from 'ioredis'
import type { AppContext } from '../../../context.ts'
import { FAST_FAILING, leaveWhenSilent, redisOptions } from '../../../db/redis.ts'

/** Messages a second of one number (Meta, "Throughput": 80, raised by Meta to 1,000 on request). */
const PER_SECOND = 80

const limiters = new WeakMap<AppContext, RateLimiterAbstract>()

function limiterOf(app: AppContext): RateLimiterAbstract {
  const known = limiters.get(app)
  if (known) return known
  const limit = { points: PER_SECOND, duration: 1, keyPrefix: 'storeline:sending' }
  const memory = new RateLimiterMemory(limit)
  const { redis } = app.config
  if (redis.kind === 'embedded') {
    limiters.set(app, memory)
    return memory
  }
  const storeClient = new Redis(redisOptions(redis.url, FAST_FAILING))
  storeClient.on('error', () => {})
  leaveWhenSilent(storeClient)
  app.onDispose(() => storeClient.disconnect())
  // While Redis is away each process keeps to the limit by itself.
  const limiter = new RateLimiterRedis({ ...limit, storeClient, insuranceLimiter: memory })
  limiters.set(app, limiter)
  return limiter
}

/** Takes one message of the number's throughput; returns 0, or the ms to wait before there is room again. */
export async function consumeThroughput(app: AppContext, phoneNumberId: string): Promise<number> {
  try {
    await limiterOf(app).consume(phoneNumberId)
    return 0
  } catch (limit) {
    if (limit instanceof RateLimiterRes) return Math.max(10, limit.msBeforeNext)
    throw limit
  }
}
