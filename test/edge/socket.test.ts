import { getIntrospectionQuery } from 'graphql'
import { connect } from 'node:net'
import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { signIn } from '../../server/features/staff/service.ts'
import { startTestStoreline, type TestStoreline } from '../harness/storeline.ts'
import { LIMIT_DOCUMENTS } from './documents.ts'
import { codeOf, rawSocket } from './raw-socket.ts'

let storeline: TestStoreline
let cookie: string

beforeAll(async () => {
  storeline = await startTestStoreline({ roles: ['api'] })
  const { token } = await signIn(storeline.app, storeline.shop)
  cookie = `storeline_session=${token}`
})
afterAll(() => storeline[Symbol.asyncDispose]())

const withKey = () => rawSocket(storeline.url, { init: { authorization: storeline.shop.key.authorization } })
const VIEWER = '{ viewer { kind } }'
const viewerOf = (messages: { payload?: unknown }[]) =>
  (messages[0]?.payload as { data?: { viewer: unknown } }).data?.viewer

describe('the limits of HTTP apply to sockets', () => {
  test.each(Object.entries(LIMIT_DOCUMENTS))(
    'for %s, and the socket stays open',
    async (_measure, { allowed, refused }) => {
      await using socket = await withKey()
      expect(codeOf(await socket.operate(refused))).toBe('QUERY_TOO_COMPLEX')
      expect(codeOf(await socket.operate(allowed))).toBeUndefined()
    },
  )

  test('for a subscription that is too deep', async () => {
    await using socket = await withKey()
    const deep =
      LIMIT_DOCUMENTS.depth?.refused.replace(
        /^\{ orders\(first: 1\) \{ edges \{ node (.*) \} \} \}$/,
        'subscription { events { ... on OrderCreatedEvent { order $1 } } }',
      ) ?? ''
    expect(deep).toContain('subscription')
    expect(codeOf(await socket.operate(deep))).toBe('QUERY_TOO_COMPLEX')
    expect(viewerOf(await socket.operate(VIEWER))).toEqual({ kind: 'API_KEY' })
  })

  test('for introspection and suggestions, which anonymous callers do not get', async () => {
    await using anonymous = await rawSocket(storeline.url)
    await using keyed = await withKey()
    const introspection = getIntrospectionQuery()
    expect(codeOf(await keyed.operate(introspection))).toBeUndefined()
    expect(codeOf(await anonymous.operate(introspection))).toBe('UNAUTHENTICATED')
    const wrong: [string, object][] = [
      ['{ orderz { totalCount } }', {}],
      ['query ($f: OrderFilter) { orders(filter: $f) { totalCount } }', { f: { statuz: [] } }],
    ]
    for (const [document, variables] of wrong) {
      expect(JSON.stringify(await keyed.operate(document, { variables }))).toMatch(/Did you mean/)
      expect(JSON.stringify(await anonymous.operate(document, { variables }))).not.toMatch(/did you mean/i)
    }
  })
})

describe('an error in one operation does not affect the socket and other operations', () => {
  test.each([
    ['a syntax error', '{ orders(', {}],
    ['an unknown field', '{ nothing }', {}],
    ['an unknown operation name', 'query A { __typename }', { operationName: 'B' }],
    ['a wrong variable', 'query ($id: ID!) { order(id: $id) { id } }', {}],
    ['an invalid cursor', 'subscription { events(after: "nonsense") { cursor } }', {}],
    ['a missing permission', 'subscription { botTurns { at } }', {}],
    ['a wrong type', 'subscription { events(types: [nothing]) { cursor } }', {}],
  ])('%s', async (_name, document, options) => {
    await using socket = await withKey()
    // More operations than a socket may carry at a time: failed ones do not count.
    for (let i = 0; i < 60; i++) {
      const messages = await socket.operate(document, { id: `bad${i}`, ...options })
      expect(JSON.stringify(messages[0]?.payload)).toContain('message')
    }
    expect(viewerOf(await socket.operate(VIEWER))).toEqual({ kind: 'API_KEY' })
  })

  test('an anonymous caller gets UNAUTHENTICATED for events and null for the viewer', async () => {
    await using socket = await rawSocket(storeline.url)
    expect(codeOf(await socket.operate('subscription { events { cursor } }'))).toBe('UNAUTHENTICATED')
    expect(viewerOf(await socket.operate(VIEWER))).toBeNull()
  })

  test('signing in is refused over a socket, which cannot set a cookie', async () => {
    await using socket = await rawSocket(storeline.url)
    const messages = await socket.operate(
      'mutation { signIn(input: { email: "a@b.example", password: "x" }) { __typename } }',
    )
    expect(codeOf(messages)).toBe('BAD_INPUT')
  })
})

test('a socket carries fifty operations at a time, and the end of one makes room for another', async () => {
  await using socket = await withKey()
  const follow = (id: string) =>
    socket.send({ type: 'subscribe', id, payload: { query: 'subscription { events { cursor } }' } })
  for (let i = 0; i < 50; i++) follow(`s${i}`)
  follow('one-too-many')
  expect(await socket.next()).toMatchObject({
    type: 'error',
    id: 'one-too-many',
    payload: [{ extensions: { code: 'RATE_LIMITED' } }],
  })
  socket.send({ type: 'complete', id: 's7' })
  expect(viewerOf(await socket.operate(VIEWER))).toEqual({ kind: 'API_KEY' })
})

test('an address may open fifty anonymous sockets; other addresses and authenticated sockets are admitted', async () => {
  // Addresses of the loopback, so that the sockets of other tests do not count.
  const from = (localAddress: string, init: object | null = null) => rawSocket(storeline.url, { localAddress, init })
  const unknown = await Promise.all(Array.from({ length: 50 }, () => from('127.0.0.2')))
  await expect(from('127.0.0.2')).rejects.toThrow('429')
  await using elsewhere = await from('127.0.0.3', storeline.shop.key)
  expect(viewerOf(await elsewhere.operate(VIEWER))).toEqual({ kind: 'API_KEY' })
  const [first] = unknown
  first?.send({ type: 'connection_init', payload: storeline.shop.key })
  expect(await first?.next()).toEqual({ type: 'connection_ack' })
  await using another = await from('127.0.0.2', storeline.shop.key)
  expect(viewerOf(await another.operate(VIEWER))).toEqual({ kind: 'API_KEY' })
  for (const socket of unknown) await socket[Symbol.asyncDispose]()
})

describe('the identity of a socket', () => {
  test('comes from the session cookie on the own origin, and never on another origin', async () => {
    const { host, origin } = new URL(storeline.url)
    for (const [from, seen] of [
      [origin, { kind: 'STAFF' }],
      ['https://evil.example', null],
      [`http://${host}.evil.example`, null],
      ['null', null],
    ] as const) {
      await using socket = await rawSocket(storeline.url, { headers: { cookie, origin: from } })
      expect(viewerOf(await socket.operate(VIEWER)), from).toEqual(seen)
    }
  })

  test('is refused with 4403 for an unknown key, and anonymous for an invalid cookie', async () => {
    await using refused = await rawSocket(storeline.url, { init: null })
    refused.send({ type: 'connection_init', payload: { authorization: 'Bearer sl_not-a-key-of-any-shop-at-all' } })
    expect((await refused.closed).code).toBe(4403)
    for (const broken of [
      'storeline_session=%E0%A4%A',
      'storeline_session=',
      'a; b',
      `storeline_session=${'x'.repeat(500)}`,
    ]) {
      await using socket = await rawSocket(storeline.url, { headers: { cookie: broken } })
      expect(viewerOf(await socket.operate(VIEWER)), broken).toBeNull()
    }
  })

  test('must be sent in connection_init before the first operation', async () => {
    await using socket = await rawSocket(storeline.url, { init: null })
    socket.send({ type: 'subscribe', id: '1', payload: { query: VIEWER } })
    expect((await socket.closed).code).toBe(4401)
  })
})

describe('bytes that violate the protocol', () => {
  test('a message larger than 256 KiB ends the socket', async () => {
    await using socket = await withKey()
    socket.send({ type: 'subscribe', id: '1', payload: { query: VIEWER, variables: { pad: 'x'.repeat(256 * 1024) } } })
    expect((await socket.closed).code).toBe(1009)
  })

  test.each(['not json', '{}', '[]', 'null', '{"type":"surprise"}', '{"type":"subscribe","id":"1"}'])(
    '%s ends the socket with 4400',
    async (text) => {
      await using socket = await withKey()
      socket.send(text)
      expect((await socket.closed).code).toBe(4400)
    },
  )

  test('a socket of another subprotocol is closed with 4406', async () => {
    await using socket = await rawSocket(storeline.url, { protocol: 'graphql-ws', init: null }).catch(() => ({
      closed: Promise.resolve({ code: 4406 }),
      [Symbol.asyncDispose]: async () => {},
    }))
    expect((await socket.closed).code).toBe(4406)
  })

  test('peers that disconnect during an upgrade do not end the server', async () => {
    const { hostname, port } = new URL(storeline.url)
    for (const path of ['/nothing', '/graphql']) {
      for (let i = 0; i < 5; i++) {
        const peer = connect(Number(port), hostname)
        await once(peer, 'connect')
        peer.write(
          `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MTIzNDU2Nzg5MDEyMzQ1Ng==\r\n\r\n`,
        )
        peer.resetAndDestroy()
      }
    }
    expect((await fetch(`${storeline.url}/healthz`)).status).toBe(200)
  })

  test('a path without sockets answers 404', async () => {
    await expect(rawSocket(`${storeline.url}/elsewhere`)).rejects.toThrow('404')
  })
})
