import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { systemActor } from '../../server/auth/actor.ts'
import { KEY_SCOPES } from '../../server/auth/permissions.ts'
import { readConfig } from '../../server/config.ts'
import { createApiKey } from '../../server/features/api-keys/service.ts'
import { signIn } from '../../server/features/staff/service.ts'
import { createLogger } from '../../server/logger.ts'
import { createRateLimiter, type RateLimiter } from '../../server/rate-limit/limiter.ts'
import { startTestStoreline, type TestStoreline } from '../harness/storeline.ts'
import { codeOf, rawSocket } from './raw-socket.ts'

type Cost = {
  requested: number
  actual: number
  throttle: { available: number; max: number; restoreRate: number }
}
type Answer = Awaited<ReturnType<ReturnType<TestStoreline['graphql']>['send']>> & { extensions?: { cost?: Cost } }

// 1 + 20 × (edges, node and id)
const COSTLY = '{ orders(first: 20) { edges { node { id } } } }'
const COSTLY_POINTS = 61
const CHEAP = '{ viewer { kind } }'
const SLOW = { RATE_LIMIT_POINTS: '200', RATE_LIMIT_RESTORE: '1' }

describe.each(['embedded', 'redis'] as const)('the bucket of a key, on the %s runtime', (runtime) => {
  let storeline: TestStoreline
  beforeAll(async () => {
    storeline = await startTestStoreline({ runtime, roles: ['api'], env: SLOW })
  })
  afterAll(() => storeline[Symbol.asyncDispose]())

  const newKey = async () => {
    const { secret } = await createApiKey(storeline.app, systemActor(storeline.shop.merchantId), {
      name: 'Limited',
      scopes: KEY_SCOPES,
    })
    return { authorization: `Bearer ${secret}` }
  }
  const send = async (headers: Record<string, string>, document = COSTLY): Promise<Answer> =>
    (await storeline.graphql(headers).send(document)) as Answer

  test('is reported with every answer, in the body and in headers, by the fast path and by yoga', async () => {
    const key = await newKey()
    // The fast path answers the POST requests, compiled from the third on; yoga answers the GET.
    for (let i = 0; i < 4; i++) {
      const { extensions, headers, status } = await send(key, CHEAP)
      expect(status).toBe(200)
      expect(extensions?.cost).toMatchObject({ requested: 2, actual: 2, throttle: { max: 200, restoreRate: 1 } })
      const { available } = extensions?.cost?.throttle as Cost['throttle']
      expect(headers.get('ratelimit-policy')).toBe('"key";q=200;w=200')
      expect(headers.get('ratelimit')).toBe(`"key";r=${available};t=${200 - available}`)
    }
    const response = await fetch(`${storeline.url}/graphql?${new URLSearchParams({ query: CHEAP }).toString()}`, {
      headers: { ...key, accept: 'application/json', 'x-graphql-yoga-csrf': '1' },
    })
    expect(response.headers.get('ratelimit')).toMatch(/^"key";r=19\d;t=\d+$/)
    expect(await response.json()).toMatchObject({ extensions: { cost: { requested: 2 } } })
  })

  test('gets back the cost of fields that an answer does not have, but keeps a tenth of the cost', async () => {
    const key = await newKey()
    const { extensions } = await send(key)
    // There are no orders: two fields were answered, and a tenth of the cost, which is more, is charged.
    expect(extensions?.cost).toMatchObject({ requested: COSTLY_POINTS, actual: 7 })
    expect(extensions?.cost?.throttle.available).toBeGreaterThanOrEqual(193)
    const again = await send(key)
    expect(again.extensions?.cost?.throttle.available).toBeLessThanOrEqual(188)
  })

  test('is charged ten points more for a mutation, even a refused one, and gets none of its cost back', async () => {
    const document =
      'mutation { revokeApiKey(input: { id: "unknown" }) { __typename ... on ApiKey { id name status } } }'
    const { extensions, data } = await send(await newKey(), document)
    expect(data).toEqual({ revokeApiKey: { __typename: 'NotFoundError' } })
    expect(extensions?.cost).toMatchObject({ requested: 14, actual: 14 })
  })

  test('refuses with 429 when it is empty, with the time after which it has enough points again', async () => {
    const key = await newKey()
    const many = await Promise.all(Array.from({ length: 12 }, () => send(key)))
    const refused = many.filter(({ status }) => status === 429)
    expect(many.filter(({ status }) => status === 200).length).toBeGreaterThanOrEqual(3)
    expect(refused.length).toBeGreaterThan(0)
    for (const { headers, errors, data } of refused) {
      expect(data ?? null).toBeNull()
      const { code, retryAfter, cost, http } = errors?.[0]?.extensions as Record<string, unknown> & { cost: Cost }
      expect([code, http]).toEqual(['RATE_LIMITED', undefined])
      expect(headers.get('retry-after')).toBe(String(retryAfter))
      expect(headers.get('ratelimit')).toMatch(/^"key";r=\d+;t=\d+$/)
      expect(cost).toMatchObject({ requested: COSTLY_POINTS, actual: 0 })
      expect(retryAfter).toBe(Math.max(1, COSTLY_POINTS - cost.throttle.available))
    }
  })

  test('belongs to one key; other keys, sessions and anonymous callers are not limited by it', async () => {
    const [key, other] = [await newKey(), await newKey()]
    await Promise.all(Array.from({ length: 12 }, () => send(key)))
    const keyHeaders = { ...key }
    await vi.waitFor(async () => expect((await send(keyHeaders)).status).toBe(429), { timeout: 5_000, interval: 1 })
    expect((await send(other)).status).toBe(200)
    const { token } = await signIn(storeline.app, storeline.shop)
    const session = { cookie: `storeline_session=${token}` }
    for (let i = 0; i < 8; i++) {
      const { status, extensions, headers } = await send(session)
      expect([status, extensions, headers.get('ratelimit')]).toEqual([200, undefined, null])
    }
    expect((await storeline.graphql().send('{ __typename }')).status).toBe(200)
  })

  test('limits sockets too: an operation is refused with the same code, and the socket stays open', async () => {
    const key = await newKey()
    await using socket = await rawSocket(storeline.url, { init: key })
    const first = await socket.operate(COSTLY)
    expect(first[0]?.payload).toMatchObject({ extensions: { cost: { requested: COSTLY_POINTS } } })
    // A subscription costs when it begins: 2 for `events { cursor }`.
    let refused: Awaited<ReturnType<typeof socket.operate>> = []
    for (let i = 0; i < 60 && codeOf(refused) !== 'RATE_LIMITED'; i++)
      refused = await socket.operate(COSTLY, { id: `o${i}` })
    expect(refused).toEqual([expect.objectContaining({ type: 'error' })])
    const [error] = refused[0]?.payload as { extensions: Record<string, unknown> }[]
    expect(error?.extensions).toEqual({
      code: 'RATE_LIMITED',
      retryAfter: expect.any(Number),
      cost: expect.objectContaining({ requested: COSTLY_POINTS, actual: 0 }),
    })
    // HTTP requests are charged to the same bucket.
    expect((await send(key)).status).toBe(429)
    expect(socket.ws.readyState).toBe(socket.ws.OPEN)
    const spent = socket.operate(CHEAP, { id: 'cheap' })
    expect(['RATE_LIMITED', undefined]).toContain(codeOf(await spent))
  })

  test('is charged for a subscription when it starts', async () => {
    const key = await newKey()
    const wide = 'subscription { events { __typename cursor type occurredAt } }'
    await using socket = await rawSocket(storeline.url, { init: key })
    const codes: unknown[] = []
    for (let i = 0; i < 49; i++) socket.send({ type: 'subscribe', id: `s${i}`, payload: { query: `${wide}` } })
    socket.send({ type: 'subscribe', id: 'last', payload: { query: COSTLY } })
    for (;;) {
      const message = await socket.next()
      if (message.type === 'error')
        codes.push((message.payload as { extensions: { code: string } }[])[0]?.extensions.code)
      if (message.id === 'last') break
    }
    expect(codes).toContain('RATE_LIMITED')
  })

  test('is not charged for a document that is refused before it runs', async () => {
    const key = await newKey()
    for (const wrong of [
      '{ nothing }',
      '{ orders(',
      '{ orders(first: 100) { edges { node { lines { id sku productName total { formatted } unitPrice { formatted } } timeline { __typename } } } } }',
    ])
      expect((await send(key, wrong)).extensions?.cost).toBeUndefined()
    expect((await send(key, CHEAP)).extensions?.cost?.throttle.available).toBe(198)
  })

  test('refuses a document that costs more than its maximum', async () => {
    const { status, errors } = await send(await newKey(), '{ orders(first: 100) { edges { node { id } } } }')
    expect(status).toBe(400)
    expect(errors?.[0]).toMatchObject({
      message: expect.stringContaining('never holds more than 200'),
      extensions: { code: 'QUERY_TOO_COMPLEX' },
    })
  })
})

test('a draw is answered without a round trip while its bucket has plenty, and all are settled together', async () => {
  await using storeline = await startTestStoreline({ runtime: 'redis', roles: ['worker'] })
  const config = readConfig(storeline.env)
  const size = { points: 1_000, restorePerSecond: 1 }
  await using limiter = await createRateLimiter(config, size, createLogger('silent'))
  await using other = await createRateLimiter(config, size, createLogger('silent'))
  for (let i = 0; i < 90; i++)
    expect(limiter.draw(`key ${i % 3}`, { cost: 3, refund: 0 })).toMatchObject({ allowed: true })
  // 1,000 less the 90 points that were spent on each.
  for (const name of ['key 0', 'key 1', 'key 2'])
    await vi.waitFor(async () => {
      // More than a tenth of the bucket: the other process asks Redis.
      expect((await other.draw(name, { cost: 101, refund: 0 }))?.available).toBeLessThanOrEqual(910 - 101)
    })
})

test('processes that share a Redis share the buckets, and each admits at most a tenth of a bucket too much', async () => {
  await using storeline = await startTestStoreline({ runtime: 'redis', roles: ['worker'] })
  const config = readConfig(storeline.env)
  const size = { points: 100, restorePerSecond: 1 }
  const limiters: RateLimiter[] = []
  for (let i = 0; i < 3; i++) limiters.push(await createRateLimiter(config, size, createLogger('silent')))
  const draws = Array.from({ length: 60 }, (_, i) => limiters[i % 3]?.draw('shared', { cost: 5, refund: 0 }))
  const allowed = (await Promise.all(draws)).filter((drawn) => drawn?.allowed)
  expect(allowed.length).toBeGreaterThanOrEqual(20)
  expect(allowed.length).toBeLessThanOrEqual((100 + 3 * 10) / 5 + 1)
  // What was admitted too much is a debt, and a refund of one process is a refund to all of them.
  expect(await limiters[1]?.draw('shared', { cost: 1, refund: 0 })).toEqual({ allowed: false, available: 0 })
  expect(await limiters[0]?.draw('shared', { cost: 0, refund: 60 })).toMatchObject({ allowed: true })
  await vi.waitFor(async () =>
    expect((await limiters[1]?.draw('shared', { cost: 1, refund: 0 }))?.available).toBeGreaterThanOrEqual(28),
  )
  for (const limiter of limiters) await limiter[Symbol.asyncDispose]()
})

describe('while Redis cannot count', () => {
  test('requests are admitted without delay and with one warning, until it can again', async () => {
    const lines: string[] = []
    const logger = createLogger('warn', { write: (line: string) => void lines.push(line) })
    await using storeline = await startTestStoreline({ runtime: 'redis', roles: ['api'], env: SLOW, logger })
    const send = () => storeline.graphql(storeline.shop.key).send(CHEAP)
    expect((await send()).headers.get('ratelimit')).toContain('r=198')
    await storeline.redis?.stop()
    for (let i = 0; i < 30; i++) {
      const startedAt = performance.now()
      const { status, data } = await send()
      expect([status, data]).toEqual([200, { viewer: { kind: 'API_KEY' } }])
      expect(performance.now() - startedAt).toBeLessThan(1_000)
    }
    expect(lines.filter((line) => line.includes('cannot count requests'))).toHaveLength(1)
    await storeline.redis?.start()
    await vi.waitFor(async () => expect((await send()).headers.get('ratelimit')).toMatch(/r=19[0-8];/), {
      timeout: 10_000,
      interval: 100,
    })
  })

  test('a Redis that does not answer delays few requests, not every one', async () => {
    await using storeline = await startTestStoreline({ runtime: 'redis', roles: ['worker'] })
    const size = { points: 100, restorePerSecond: 1 }
    await using limiter = await createRateLimiter(readConfig(storeline.env), size, createLogger('silent'))
    expect(await limiter.draw('a', { cost: 1, refund: 0 })).toMatchObject({ allowed: true })
    storeline.redis?.pause()
    try {
      const startedAt = performance.now()
      for (let i = 0; i < 100; i++)
        expect((await limiter.draw('a', { cost: 1, refund: 0 }))?.allowed ?? true).toBe(true)
      expect(await limiter.draw('a', { cost: 50, refund: 0 })).toBeNull()
      expect(performance.now() - startedAt).toBeLessThan(800)
    } finally {
      storeline.redis?.resume()
    }
    await delay(1_000)
    await vi.waitFor(async () => expect(await limiter.draw('a', { cost: 1, refund: 0 })).not.toBeNull(), {
      timeout: 5_000,
      interval: 50,
    })
  })
})
