import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes, type RateLimiterAbstract } from 'rate-limiter-flexible'
import { Redis } from 'ioredis'
import type { AppContext } from '../../../context.ts'
import { FAST_FAILING, reconnectWhenSilent, redisOptions } from '../../../db/redis.ts'
import type { FeatureState } from '../../../feature-state.ts'

/** Messages per second of one phone number (Meta, "Throughput": 80, raised by Meta to 1,000 on request). */
const PER_SECOND = 80

type Throughput = { limiter: RateLimiterAbstract; disconnect: () => void }

const throughput: FeatureState<Throughput> = {
  open: ({ config: { redis } }) => {
    const limit = { points: PER_SECOND, duration: 1, keyPrefix: 'storeline:sending' }
    const memory = new RateLimiterMemory(limit)
    if (redis.kind === 'embedded') return { limiter: memory, disconnect: () => {} }
    const storeClient = new Redis(redisOptions(redis.url, FAST_FAILING))
    storeClient.on('error', () => {})
    reconnectWhenSilent(storeClient)
    // While Redis is unreachable, each process enforces the limit on its own.
    const limiter = new RateLimiterRedis({ ...limit, storeClient, insuranceLimiter: memory })
    return { limiter, disconnect: () => storeClient.disconnect() }
  },
  close: ({ disconnect }) => disconnect(),
}

/** Consumes one message of the phone number's throughput; returns 0, or the ms to wait before the next attempt. */
export async function consumeThroughput(app: AppContext, phoneNumberId: string): Promise<number> {
  try {
    await app.state(throughput).limiter.consume(phoneNumberId)
    return 0
  } catch (limit) {
    if (limit instanceof RateLimiterRes) return Math.max(10, limit.msBeforeNext)
    throw limit
  }
}
