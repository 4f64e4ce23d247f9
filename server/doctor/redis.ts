import { randomUUID } from 'node:crypto'
import { Redis } from 'ioredis'
import { redisOptions } from '../db/redis.ts'
import { type Check, fail, messageOf, ok, type Outcome, warn } from './check.ts'

const OLDEST = 6.2

/** A ping is answered by a Redis that takes nothing, so something is written. */
export const redisCheck: Check = {
  name: 'redis',
  quick: true,
  run: async ({ config }) => {
    if (config.redis.kind === 'embedded') return [ok('not needed: jobs are in PostgreSQL')]
    const once = { lazyConnect: true, connectTimeout: 3_000, commandTimeout: 3_000, maxRetriesPerRequest: 0 }
    const redis = new Redis(redisOptions(config.redis.url, { ...once, retryStrategy: () => null }))
    let last: Error | undefined
    redis.on('error', (error: Error) => (last = error))
    try {
      await redis.connect()
      const key = `storeline:doctor:${randomUUID()}`
      await redis.set(key, '1', 'EX', 10)
      await redis.del(key)
      return judge(await redis.info())
    } catch (error) {
      return [fail(`Redis (REDIS_URL) does not take what is written: ${messageOf(last ?? error)}`)]
    } finally {
      redis.disconnect()
    }
  },
}

function judge(info: string): Outcome[] {
  const field = (name: string) => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1] ?? ''
  const [version, policy] = [field('redis_version'), field('maxmemory_policy')]
  const problems: Outcome[] = []
  if (Number.parseFloat(version) < OLDEST) problems.push(fail(`Redis ${version} is too old: use 6.2 or newer.`))
  if (policy !== '' && policy !== 'noeviction')
    problems.push(
      warn(`its maxmemory-policy is ${policy}, which drops jobs when memory runs out: set it to noeviction.`),
    )
  return problems.length > 0 ? problems : [ok(`Redis ${version} takes writes and evicts nothing`)]
}
