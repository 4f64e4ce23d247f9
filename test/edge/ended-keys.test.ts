import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readConfig } from '../../server/config.ts'
import { freePort } from '../../server/db/embedded.ts'
import { startStoreline, type Storeline } from '../../server/storeline.ts'
import { createCustomer } from '../harness/app.ts'
import { graphqlClient } from '../harness/graphql-client.ts'
import { openLiveStream } from '../harness/live-stream.ts'
import { createTestProduct } from '../harness/shop.ts'
import { startTestStoreline, type TestStoreline } from '../harness/storeline.ts'
import { tenantDb } from '../harness/tenant-db.ts'
import { rawSocket } from './raw-socket.ts'

const FIVE_SECONDS = 5_000
const LOST = { code: 4403, reason: 'The session or key no longer has these rights' }
const CREATE = `mutation { createApiKey(input: { name: "Ends", scopes: ["events:read", "orders:read"] }) {
  ... on IssuedApiKey { secret apiKey { id } } } }`
const REVOKE = 'mutation ($id: ID!) { revokeApiKey(input: { id: $id }) { ... on ApiKey { status } } }'
const ROTATE = `mutation ($id: ID!, $hours: Int) { rotateApiKey(input: { id: $id, overlapHours: $hours }) {
  ... on IssuedApiKey { secret } } }`

describe.each(['embedded', 'redis'] as const)('on the %s runtime', (runtime) => {
  let storeline: TestStoreline
  let other: Storeline | null
  let elsewhere: string

  beforeAll(async () => {
    storeline = await startTestStoreline({ runtime, roles: ['api'] })
    // Without Redis there is one process; with Redis the key is ended at one node and the socket is open at another.
    const port = String(await freePort())
    other =
      runtime === 'redis'
        ? await startStoreline(readConfig({ ...storeline.env, PORT: port }), { roles: ['api'] })
        : null
    elsewhere = other ? `http://127.0.0.1:${port}` : storeline.url
  })
  afterAll(async () => {
    await other?.[Symbol.asyncDispose]()
    await storeline[Symbol.asyncDispose]()
  })

  const owner = () => storeline.graphql(storeline.shop.key)
  const newKey = async (document = CREATE) => {
    type Made = { createApiKey: { secret: string; apiKey: { id: string } } }
    const { createApiKey: made } = await owner().run<Made>(document)
    return { id: made.apiKey.id, init: { authorization: `Bearer ${made.secret}` } }
  }
  /** Opens a socket and starts a subscription on it. */
  const follow = async (init: { authorization: string }) => {
    const socket = await rawSocket(elsewhere, { init })
    socket.send({ type: 'subscribe', id: 'live', payload: { query: 'subscription { events { cursor } }' } })
    await socket.operate('{ viewer { kind } }')
    return socket
  }
  const isAnonymous = async (headers: { authorization: string }) =>
    (await graphqlClient(elsewhere, headers).run<{ viewer: object | null }>('{ viewer { kind } }')).viewer === null

  test('revoking a key closes its sockets within five seconds and refuses its requests', async () => {
    const { id, init } = await newKey()
    await using socket = await follow(init)
    const startedAt = Date.now()
    await owner().run(REVOKE, { id })
    expect(await socket.closed).toEqual(LOST)
    expect(Date.now() - startedAt).toBeLessThan(FIVE_SECONDS)
    expect(await isAnonymous(init)).toBe(true)
    await using refused = await rawSocket(elsewhere, { init: null })
    refused.send({ type: 'connection_init', payload: init })
    expect((await refused.closed).code).toBe(4403)
  })

  test('a socket that does not answer its close is anonymous from then on', async () => {
    const { app, shop } = storeline
    const { variantId } = await createTestProduct(app, shop.owner)
    const { customerId } = await createCustomer(app, shop.merchantId)
    const { id, init } = await newKey(CREATE.replace('orders:read', 'carts:write'))
    await using unresponsive = await follow(init)
    await using other = await follow(init)
    // The peer no longer reads, so it does not see the close and continues to send.
    unresponsive.ws.pause()
    await owner().run(REVOKE, { id })
    await other.closed
    const query = `mutation { setCartLine(input: { customerId: "${customerId}", variantId: "${variantId}", quantity: 1 }) { __typename } }`
    unresponsive.send({ type: 'subscribe', id: 'late', payload: { query } })
    unresponsive.ws.resume()
    expect(await unresponsive.closed).toEqual(LOST)
    for (const end = Date.now() + 300; Date.now() < end; await delay(20))
      expect(await tenantDb(app.database, shop.merchantId).cartLine.count()).toBe(0)
  })

  test('a rotation without overlap closes the sockets of the previous secret, and a rotation with overlap does not', async () => {
    const [gone, stays] = [await newKey(), await newKey()]
    await using ending = await follow(gone.init)
    await using staying = await follow(stays.init)
    const startedAt = Date.now()
    await owner().run(ROTATE, { id: stays.id, hours: 1 })
    await owner().run(ROTATE, { id: gone.id, hours: 0 })
    expect(await ending.closed).toEqual(LOST)
    expect(Date.now() - startedAt).toBeLessThan(FIVE_SECONDS)
    expect((await staying.operate('{ viewer { kind } }'))[0]?.payload).toMatchObject({
      data: { viewer: { kind: 'API_KEY' } },
    })
  })

  test('revoking a key closes its sockets within five seconds even when the signal is lost', async () => {
    const { id, init } = await newKey()
    await using socket = await follow(init)
    await storeline.redis?.stop()
    const startedAt = Date.now()
    const publish = storeline.app.pubsub.publish
    storeline.app.pubsub.publish = async () => {}
    try {
      await owner().run(REVOKE, { id })
      expect(await socket.closed).toEqual(LOST)
      expect(Date.now() - startedAt).toBeLessThan(FIVE_SECONDS)
      expect(await isAnonymous(init)).toBe(true)
    } finally {
      storeline.app.pubsub.publish = publish
      await storeline.redis?.start()
    }
  })

  describe.each([true, false])('without any signal, while Redis answers: %s', (redisAnswers) => {
    test('a key that was revoked loses its requests, sockets and streams within five seconds', async () => {
      const { id, init } = await newKey()
      await using socket = await follow(init)
      await using stream = await openLiveStream('sse', elsewhere, init, { query: 'subscription { events { cursor } }' })
      if (!redisAnswers) await storeline.redis?.stop()
      try {
        // The statement alone: no use-case that would signal it, as if the process had died after its commit.
        const { app, shop } = storeline
        await tenantDb(app.database, shop.merchantId).apiKey.update({ where: { id }, data: { revokedAt: new Date() } })
        const startedAt = Date.now()
        while (!(await isAnonymous(init))) {
          expect(Date.now() - startedAt).toBeLessThan(FIVE_SECONDS)
          await delay(50)
        }
        expect(await socket.closed).toEqual(LOST)
        expect(await stream.ended).toEqual({ reconnect: false, message: LOST.reason })
        expect(Date.now() - startedAt).toBeLessThan(FIVE_SECONDS)
      } finally {
        if (!redisAnswers) await storeline.redis?.start()
      }
    })
  })
})
