import { openRedis } from '../db/redis.ts'
import { inspectRedisAt } from '../db/redis-health.ts'
import { type Check, fail, ok, type Outcome, warn } from './check.ts'

const OLDEST = 6.2

/** Checks writes too, since a Redis that refuses writes still answers PING. */
export const redisCheck: Check = {
  name: 'redis',
  quick: true,
  run: async ({ config }) => {
    if (config.redis.kind === 'embedded') return [ok('not needed: jobs are in PostgreSQL')]
    const { state, reason } = await inspectRedisAt(config.redis.url)
    if (state === 'failing') return [fail(`Redis (REDIS_URL) does not take what is written: ${reason}`)]
    const redis = await openRedis(config.redis.url)
    try {
      return judge(await redis.info())
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
