import { afterEach, describe, expect, test } from 'vitest'
import { startRedis, type TestRedis } from '../../test/harness/redis.ts'
import { inspectRedisAt } from './redis-health.ts'

let redis: TestRedis
afterEach(() => redis[Symbol.asyncDispose]())

describe('a Redis', () => {
  test('that accepts writes is ok', async () => {
    redis = await startRedis()
    expect(await inspectRedisAt(redis.url)).toEqual({ state: 'ok', reason: null })
  })

  test('that evicts keys is risky when its memory is limited', async () => {
    redis = await startRedis('--maxmemory-policy', 'allkeys-lru')
    expect((await inspectRedisAt(redis.url)).state).toBe('ok')
    await redis.command('CONFIG', 'SET', 'maxmemory', '100mb')
    expect(await inspectRedisAt(redis.url)).toEqual({
      state: 'risky',
      reason: 'It evicts jobs when it is full (allkeys-lru): set maxmemory-policy noeviction.',
    })
  })

  test('that refuses writes because it cannot save is failing, although it answers pings', async () => {
    redis = await startRedis('--replica-priority', '1')
    await redis.command('CONFIG', 'SET', 'min-replicas-to-write', '1')
    expect(await redis.command('PING')).toBe('PONG')
    expect(await inspectRedisAt(redis.url)).toMatchObject({
      state: 'failing',
      reason: expect.stringContaining('fewer replicas'),
    })
  })

  test('whose user may not publish is failing', async () => {
    redis = await startRedis()
    await redis.command('ACL', 'SETUSER', 'narrow', 'on', '>a-password', '~storeline:*', '+@all', '-publish')
    const url = redis.url.replace('redis://', 'redis://narrow:a-password@')
    expect(await inspectRedisAt(url)).toMatchObject({
      state: 'failing',
      reason: expect.stringContaining('every command'),
    })
  })

  test('that refuses the password is reported at once, without the password', async () => {
    redis = await startRedis('--requirepass', 'the right one')
    const asked = Date.now()
    const refusal = inspectRedisAt(redis.url.replace('redis://', 'redis://:geheim@'))
    await expect(refusal).rejects.toThrow('Redis refuses the user or password in REDIS_URL; correct them.')
    await expect(inspectRedisAt(redis.url)).rejects.toThrow(/user or password/)
    expect(Date.now() - asked).toBeLessThan(4_000)
  })

  test('that is a cluster is refused, with the alternative', async () => {
    redis = await startRedis('--cluster-enabled', 'yes')
    await expect(inspectRedisAt(redis.url)).rejects.toThrow(/is a Redis Cluster|leads to a Redis Cluster.*sentinel/)
  })

  test('that is unreachable is failing', async () => {
    redis = await startRedis()
    await redis.stop()
    expect(await inspectRedisAt(redis.url)).toEqual({ state: 'failing', reason: 'It cannot be reached.' })
  })
})
