import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { systemActor } from '../../server/auth/actor.ts'
import { KEY_SCOPES } from '../../server/auth/permissions.ts'
import { tenantStore } from '../../server/db/tenant-pool.ts'
import { withTenant } from '../../server/unit-of-work/unit-of-work.ts'
import { decodeCursor, encodeCursor } from '../../server/events/cursor.ts'
import { createApiKey, revokeApiKey } from '../../server/features/api-keys/service.ts'
import { orderStatusChanged } from '../../server/features/orders/events.ts'
import { signIn } from '../../server/features/staff/service.ts'
import { createCustomer } from '../harness/app.ts'
import { write } from '../harness/conversations.ts'
import { openLiveStream, refusalOf, TRANSPORTS, type LiveStream, type Operation } from '../harness/live-stream.ts'
import { createStaff, createTestProduct, createTestShop, type TestShop } from '../harness/shop.ts'
import { startTestStoreline, type TestStoreline } from '../harness/storeline.ts'
import { tenantDb } from '../harness/tenant-db.ts'
import { emitEvents } from '../faults/emitting.ts'

const PER_CALLER = 8
const PER_SHOP = 5 * PER_CALLER
const FOLLOW = 'subscription ($after: EventCursor) { events(after: $after) { __typename cursor } }'
const PERMISSION_LOST = { reconnect: false, message: 'The session or key no longer has these rights' }

let storeline: TestStoreline
beforeAll(async () => {
  storeline = await startTestStoreline({
    roles: ['api'],
    env: { SUBSCRIPTIONS_PER_CALLER: String(PER_CALLER) },
  })
})
afterAll(() => storeline[Symbol.asyncDispose]())

const newKey = async ({ merchantId }: TestShop, expiresAt: Date | null = null) => {
  const options = { name: 'Follows', scopes: KEY_SCOPES, expiresAt }
  const { id, secret } = await createApiKey(storeline.app, systemActor(merchantId), options)
  return { id, headers: { authorization: `Bearer ${secret}` } }
}
const newMember = async ({ merchantId }: TestShop, role: 'OWNER' | 'AGENT') => {
  const [email, password] = [`${crypto.randomUUID()}@shop.example`, 'a password for tests']
  const { staffId } = await createStaff(storeline.app, merchantId, { email, password, role })
  const { token } = await signIn(storeline.app, { email, password })
  return { staffId, headers: { cookie: `storeline_session=${token}` } }
}
const emit = (shop: TestShop, count: number) =>
  emitEvents(storeline.app, shop.merchantId, { count, perSecond: 1_000_000 })
const cursorOf = (answer: unknown): number =>
  decodeCursor((answer as { data: { events: { cursor: string } } }).data.events.cursor).sequence
const takeCursors = async (stream: LiveStream, count: number): Promise<number[]> => {
  const cursors = []
  for (let i = 0; i < count; i++) cursors.push(cursorOf(await stream.next()))
  return cursors
}
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_none, index) => from + index)
const metric = async (name: string): Promise<number> => {
  const text = await (await fetch(`${storeline.url}/metrics`)).text()
  return Number(
    text
      .split('\n')
      .find((line) => line.startsWith(`storeline_${name} `))
      ?.split(' ')[1],
  )
}
const until = async (what: string, done: () => Promise<boolean> | boolean) => {
  for (const end = Date.now() + 10_000; !(await done()); await delay(20))
    if (Date.now() > end) throw new Error(`not within 10 s: ${what}`)
}

describe.each(TRANSPORTS)('subscriptions over %s', (transport) => {
  const open = (operation: Operation, headers: Record<string, string>, url = storeline.url) =>
    openLiveStream(transport, url, headers, operation)
  const refused = (operation: Operation, headers: Record<string, string>) =>
    refusalOf(transport, storeline.url, headers, operation)
  const follow = (headers: Record<string, string>, after?: number) =>
    open({ query: FOLLOW, variables: after === undefined ? {} : { after: encodeCursor(after) } }, headers)

  test('send past events and then live ones, in order and each once, and resume after a cursor', async () => {
    const shop = await createTestShop(storeline.app)
    await emit(shop, 30)
    await using stream = await follow(shop.key, 0)
    expect(await takeCursors(stream, 30)).toEqual(range(1, 30))
    await emit(shop, 20)
    expect(await takeCursors(stream, 20)).toEqual(range(31, 50))
    await using resumed = await follow(shop.key, 45)
    expect(await takeCursors(resumed, 5)).toEqual(range(46, 50))
    await using now = await follow(shop.key)
    await emit(shop, 1)
    expect([await takeCursors(stream, 1), await takeCursors(resumed, 1), await takeCursors(now, 1)]).toEqual([
      [51],
      [51],
      [51],
    ])
  })

  test('send a GapEvent for trimmed events, and refuse a cursor beyond the end', async () => {
    const shop = await createTestShop(storeline.app)
    await emit(shop, 6)
    await tenantStore.run(shop, async () => {
      await storeline.app.database.pool.query('UPDATE event_relay SET trimmed = 4')
      await storeline.app.database.pool.query('DELETE FROM event WHERE sequence <= 4')
    })
    await using stream = await follow(shop.key, 1)
    const gap = await stream.next()
    expect([gap.data?.events, cursorOf(gap)]).toEqual([expect.objectContaining({ __typename: 'GapEvent' }), 4])
    expect(await takeCursors(stream, 2)).toEqual([5, 6])
    expect(await refused({ query: FOLLOW, variables: { after: encodeCursor(99) } }, shop.key)).toMatchObject({
      code: 'CURSOR_INVALID',
      status: transport === 'sse' ? 400 : null,
    })
  })

  test('send each member their own answer for personal fields, even when their permissions are equal', async () => {
    const shop = await createTestShop(storeline.app)
    await write(storeline.app, { phoneNumberId: shop.phoneNumberId, phone: '15550001111' })
    const { id } = await tenantDb(storeline.app.database, shop.merchantId).conversation.findFirstOrThrow()
    const [mine, other] = [await newMember(shop, 'OWNER'), await newMember(shop, 'OWNER')]
    const operation = {
      query:
        'subscription { events(types: [conversation_handoff]) { ... on ConversationHandoffEvent { conversation { assignee { assignableRoles } } } } }',
    }
    await using own = await open(operation, mine.headers)
    await using foreign = await open(operation, other.headers)
    const takeOver = 'mutation ($id: ID!) { takeOverConversation(input: { conversationId: $id }) { __typename } }'
    await storeline.graphql(mine.headers).run(takeOver, { id })
    const roles = (assignableRoles: string[]) => ({
      data: { events: { conversation: { assignee: { assignableRoles } } } },
    })
    expect([await own.next(), await foreign.next()]).toEqual([roles([]), roles(['MANAGER', 'AGENT', 'VIEWER'])])
  })

  test.each<[string, string, Operation]>([
    [
      'a wrong variable',
      'BAD_INPUT',
      {
        query: 'subscription ($types: [EventType!]) { events(types: $types) { cursor } }',
        variables: { types: ['nothing'] },
      },
    ],
    [
      'a condition that a variable makes null',
      'BAD_INPUT',
      {
        query: 'subscription ($yes: Boolean = true) { events @include(if: $yes) { cursor } }',
        variables: { yes: null },
      },
    ],
    [
      'a condition that is a text',
      'GRAPHQL_VALIDATION_FAILED',
      { query: 'subscription { events @skip(if: "x") { cursor } }' },
    ],
    ['a condition without a value', 'GRAPHQL_VALIDATION_FAILED', { query: 'subscription { events @skip { cursor } }' }],
  ])('refuse %s with its code', async (_name, code, operation) => {
    expect(await refused(operation, storeline.shop.key)).toMatchObject({
      code,
      status: transport === 'sse' ? 400 : null,
    })
  })

  const DOCUMENTS: [string, Operation][] = [
    ['plainly', { query: 'subscription { events { ...Shown } }' }],
    [
      'with a fragment at its root',
      { query: 'subscription { ...Root } fragment Root on Subscription { events { ...Shown } }' },
    ],
    [
      'with an inline fragment at its root',
      { query: 'subscription { ... on Subscription { ... { events { ...Shown } } } }' },
    ],
    ['with an alias', { query: 'subscription { mine: events { ...Shown } }' }],
    [
      'among other operations',
      { query: 'query Other { __typename } subscription Mine { events { ...Shown } }', operationName: 'Mine' },
    ],
    [
      'with conditions on variables, given and by default',
      {
        query:
          'subscription ($yes: Boolean!, $no: Boolean! = false, $types: [EventType!] = [order_created, order_status_changed]) { ... @include(if: $yes) { events(types: $types) @skip(if: $no) { ...Shown } } }',
        variables: { yes: true },
      },
    ],
    [
      'in two places',
      { query: 'subscription { events { cursor } ...Root } fragment Root on Subscription { events { ...Shown } }' },
    ],
  ]
  const FRAGMENT = ` fragment Shown on Event { cursor ... on OrderCreatedEvent { order { status } } ... on OrderStatusChangedEvent { order { status } } }`
  test('send the current state at each event, and share one group, in all forms of the document', async () => {
    const shop = await createTestShop(storeline.app)
    const { variantId } = await createTestProduct(storeline.app, shop.owner)
    const { customerId } = await createCustomer(storeline.app, shop.merchantId)
    const streams: LiveStream[] = []
    const other = await newKey(shop)
    for (const [, { query, ...rest }] of DOCUMENTS) {
      streams.push(await open({ query: `${query} ${FRAGMENT}`, ...rest }, shop.key))
      streams.push(await open({ query: `${query}\n\n# The same.\n${FRAGMENT}`, ...rest }, other.headers))
    }
    await until('all subscriptions are live', async () => (await metric('subscription_groups')) === DOCUMENTS.length)

    const { run } = storeline.graphql(shop.key)
    const { placeOrder } = await run<{ placeOrder: { id: string } }>(
      `mutation ($customerId: ID!, $variantId: ID!) {
        setCartLine(input: { customerId: $customerId, variantId: $variantId, quantity: 1 }) { __typename }
        placeOrder(input: { customerId: $customerId, fulfilment: PICKUP, paymentMethod: CASH_ON_DELIVERY }) { ... on Order { id } } }`,
      { customerId, variantId },
    )
    for (const status of ['PENDING', 'CONFIRMED', 'PREPARING']) {
      const action = { CONFIRMED: 'ACCEPT', PREPARING: 'START_PREPARING' }[status]
      if (action)
        await run(
          'mutation ($id: ID!, $action: OrderAction!) { transitionOrder(input: { orderId: $id, action: $action }) { ... on Order { status } ... on Error { message } } }',
          { id: placeOrder.id, action },
        )
      for (const [index, stream] of streams.entries()) {
        let shown: string | undefined
        while (!shown) shown = /"status":"(\w+)"/.exec(JSON.stringify(await stream.next()))?.[1]
        expect(shown, DOCUMENTS[Math.floor(index / 2)]?.[0]).toBe(status)
      }
    }
    for (const stream of streams) await stream[Symbol.asyncDispose]()
  })

  test('end within five seconds when a permission ends: revoked, expired, signed out, demoted', async () => {
    const { app, shop } = storeline
    const db = tenantDb(app.database, shop.merchantId)
    const [revoked, silently, expiring] = [
      await newKey(shop),
      await newKey(shop),
      await newKey(shop, new Date(Date.now() + 3_000)),
    ]
    const [leaving, demoted, stays] = [
      await newMember(shop, 'OWNER'),
      await newMember(shop, 'AGENT'),
      await newMember(shop, 'OWNER'),
    ]
    const jobs = { query: 'subscription { jobProgress { percent } }' }
    await using untouched = await follow(stays.headers)
    const ends = await Promise.all([
      follow(revoked.headers),
      open(jobs, revoked.headers),
      follow(silently.headers),
      follow(expiring.headers),
      follow(leaving.headers),
      follow(demoted.headers),
    ])
    const startedAt = Date.now()
    await revokeApiKey(app, systemActor(shop.merchantId), revoked.id)
    expect(await Promise.all([ends[0]?.ended, ends[1]?.ended])).toEqual([PERMISSION_LOST, PERMISSION_LOST])
    expect(Date.now() - startedAt).toBeLessThan(2_000)
    await db.apiKey.update({ where: { id: silently.id }, data: { revokedAt: new Date() } })
    await storeline.graphql(leaving.headers).run('mutation { signOut }')
    await db.membership.updateMany({ where: { userId: demoted.staffId }, data: { role: 'VIEWER' } })
    expect(await Promise.all(ends.map(({ ended }) => ended))).toEqual(ends.map(() => PERMISSION_LOST))
    expect(Date.now() - startedAt).toBeLessThan(3_000 + 5_000)
    const { last } = await app.log.bounds(shop.merchantId)
    await emit(shop, 1)
    expect(await takeCursors(untouched, 1)).toEqual([last + 1])
  })

  test('are limited by caller and by shop, with a message, and the end of one makes room for another', async () => {
    const [shop, other] = [await createTestShop(storeline.app), await createTestShop(storeline.app)]
    const [first, ...others] = await Promise.all(Array.from({ length: 5 }, () => newKey(shop)))
    const late = await newKey(shop)
    const held = await Promise.all(Array.from({ length: PER_CALLER }, () => follow(first?.headers ?? {})))
    const full = { code: 'RATE_LIMITED', status: transport === 'sse' ? 429 : null }
    // A socket beyond the limit is closed with 1013, after which graphql-ws clients reconnect.
    const sockets = { code: 1013, status: null }
    const jobs = { query: 'subscription { jobProgress { percent } }' }
    for (const operation of [{ query: FOLLOW }, jobs]) {
      const refusal = await refused(operation, first?.headers ?? {})
      expect(refusal).toMatchObject(transport === 'sse' ? full : sockets)
      expect(refusal.message).toMatch(/^You hold 8 (sockets|subscriptions) already, as many as are allowed/)
    }
    for (const { headers } of others)
      held.push(...(await Promise.all(Array.from({ length: PER_CALLER }, () => follow(headers)))))
    expect(held.length).toBe(PER_SHOP)
    expect((await refused({ query: FOLLOW }, late.headers)).message).toMatch(/^The shop holds 40/)
    await using elsewhere = await follow(other.key)
    await emit(other, 1)
    expect(await takeCursors(elsewhere, 1)).toEqual([1])
    held[0]?.vanish()
    await until('a subscription is admitted again', async () => {
      await using stream = await follow(late.headers).catch(() => null as never)
      return stream !== null
    })
    for (const stream of held) await stream[Symbol.asyncDispose]()
  })

  test('are counted in the metrics until their peers have vanished', async () => {
    const shop = await createTestShop(storeline.app)
    const name = `subscriptions{transport="${transport}",source="log"}`
    const jobs = `subscriptions{transport="${transport}",source="other"}`
    await until('no other subscription is counted', async () => (await metric(name)) + (await metric(jobs)) === 0)
    const streams = await Promise.all([follow(shop.key), follow(shop.key)])
    streams.push(await open({ query: 'subscription { jobProgress { percent } }' }, shop.key))
    expect([await metric(name), await metric(jobs), await metric('subscription_groups')]).toEqual([2, 1, 1])
    for (const stream of streams) stream.vanish()
    await until('they are no longer counted', async () => (await metric(name)) + (await metric(jobs)) === 0)
    expect(await metric('subscription_groups')).toBe(0)
    expect(storeline.app.streams.feeds()).toEqual([])
  })

  test('end for a slow reader, which resumes after its cursor', async () => {
    const { app } = storeline
    const shop = await createTestShop(app)
    const query =
      `subscription ($after: EventCursor) { events(after: $after) { cursor ${Array.from({ length: 29 }, (_none, n) => `p${n}: payload`).join(' ')} } }`.replaceAll(
        /p\d+: payload/g,
        (field) => `... on OrderStatusChangedEvent { ${field} }`,
      )
    await using slow = await open({ query }, shop.key)
    await using quick = await follow(shop.key)
    await emit(shop, 1)
    const [first] = await takeCursors(slow, 1)
    slow.pause()
    const orderId = crypto.randomUUID()
    const data = { orderId, number: 1, from: 'PENDING', to: 'CONFIRMED', reason: 'x'.repeat(8_000) } as const
    for (let i = 0; i < 100; i++)
      await withTenant(app, systemActor(shop.merchantId), async (unit) =>
        unit.emit(orderStatusChanged.draft(orderId, data)),
      )
    expect(await takeCursors(quick, 101)).toEqual(range(1, 101))
    slow.resume()
    expect(await slow.ended).toMatchObject({ reconnect: true })
    const seen = slow.received.map(cursorOf)
    expect(seen).toEqual(range(first ?? 0, seen.length))
    expect(seen.length).toBeLessThan(101)
    await using resumed = await follow(shop.key, seen.at(-1))
    expect(await takeCursors(resumed, 101 - seen.length)).toEqual(range(seen.length + 1, 101))
  }, 30_000)

  test('of all kinds end when the server stops, without delaying it, and their clients reconnect', async () => {
    await using stopping = await startTestStoreline({ roles: ['api'] })
    const bot = { authorization: `Bearer ${stopping.app.config.botApiKey}` }
    const streams = await Promise.all([
      open({ query: FOLLOW }, stopping.shop.key, stopping.url),
      open({ query: 'subscription { jobProgress { percent } }' }, stopping.shop.key, stopping.url),
      open({ query: 'subscription { botTurns { at } }' }, bot, stopping.url),
      open({ query: FOLLOW }, stopping.shop.key, stopping.url),
    ])
    streams[3]?.pause()
    const startedAt = Date.now()
    await stopping.http?.[Symbol.asyncDispose]()
    expect(Date.now() - startedAt).toBeLessThan(5_000)
    for (const { ended } of streams.slice(0, 3)) expect(await ended).toMatchObject({ reconnect: true })
  }, 30_000)

  test('are charged to a key once, when they start', async () => {
    await using metered = await startTestStoreline({
      roles: ['api'],
      env: { RATE_LIMIT_POINTS: '20', RATE_LIMIT_RESTORE: '1' },
    })
    const { shop, url, app } = metered
    await using stream = await open({ query: FOLLOW }, shop.key, url)
    await emitEvents(app, shop.merchantId, { count: 40, perSecond: 1_000_000 })
    expect(await takeCursors(stream, 40)).toEqual(range(1, 40))
    const refusals: object[] = []
    for (let i = 0; i < 20 && refusals.length === 0; i++)
      await open({ query: FOLLOW }, shop.key, url).catch(
        (error: { refusal: object }) => void refusals.push(error.refusal),
      )
    expect(refusals).toEqual([
      expect.objectContaining({ code: 'RATE_LIMITED', message: expect.stringMatching(/Try again in \d+ s/) as string }),
    ])
  })
})
