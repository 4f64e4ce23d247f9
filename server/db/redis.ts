import { Redis, type RedisOptions } from 'ioredis'

const WAIT_MS = 30_000

/**
 * A connection that fails fast while Redis is away, so that no request waits for it, and returns by itself. Resolves
 * once it is ready.
 *
 * @throws Error when Redis cannot be reached for 30 s.
 */
export async function openRedis(url: string, options: RedisOptions = {}): Promise<Redis> {
  const redis = new Redis(url, {
    maxRetriesPerRequest: 1,
    enableOfflineQueue: false,
    commandTimeout: 2_000,
    retryStrategy: (times) => Math.min(times * 50, 1_000),
    ...options,
  })
  let last: Error | undefined
  redis.on('error', (error: Error) => (last = error))
  await new Promise<void>((done, fail) => {
    const timer = setTimeout(() => {
      redis.disconnect()
      fail(new Error(`Redis (REDIS_URL) cannot be reached: ${last?.message ?? 'no answer'}`))
    }, WAIT_MS)
    redis.once('ready', () => {
      clearTimeout(timer)
      done()
    })
  })
  return redis
}
