import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { execute, openTestApp, type TestApp } from '../../../test/harness/app.ts'
import { answerWith, startReceiver, verified, type Receiver } from '../../../test/harness/receiver.ts'
import { createTestShop, type TestShop } from '../../../test/harness/shop.ts'
import { webhooksOf } from '../../../test/harness/webhooks.ts'
import type { Actor } from '../../auth/actor.ts'
import { authenticate } from '../../auth/authenticate.ts'
import { KEY_SCOPES, type Permission } from '../../auth/permissions.ts'
import { encodeCursor } from '../../events/cursor.ts'
import { trimEvents } from '../../events/retention.ts'
import { SMALLEST_CURSOR } from './deliveries/retention.ts'
import { relay } from '../../events/relay.ts'
import { createApiKey } from '../api-keys/service.ts'
import { cleanUp } from '../maintenance/service.ts'
import { deliverWebhook } from './deliveries/deliver.ts'
import { dispatchWebhooks } from './deliveries/dispatch.ts'
import { outgoingOf } from './http/outgoing.ts'

let opened: TestApp
let receiver: Receiver
beforeAll(async () => {
  opened = await openTestApp({ WEBHOOK_ALLOWED_NETWORKS: '127.0.0.0/8' })
  receiver = await startReceiver()
})
afterAll(async () => {
  await receiver[Symbol.asyncDispose]()
  await opened[Symbol.asyncDispose]()
})

type Outcome = { __typename: string; message?: string; issues?: { path: string; message: string }[] }
type Shown = Outcome & { secret: string | null; endpoint: { id: string; url: string; eventTypes: string[] } }

/** Fields of every refusal that these mutations may give. */
const errorsOf = (name: string): string =>
  `__typename ... on Error { message } ${/^(remove|rotate)/.test(name) ? '' : '... on ValidationError { issues { path message } }'}`

const FIELDS: Record<string, string> = {
  removeWebhookEndpoint: '... on RemovedWebhookEndpoint { id }',
  sendTestEvent: '... on WebhookDelivery { id type status }',
  replayWebhooks: '... on WebhookEndpoint { id status statusReason cursor }',
}

async function setUp() {
  const { app } = opened
  const shop = await createTestShop(app)
  const webhooks = webhooksOf(app, shop)
  const run = <T extends object>(
    name: string,
    type: string,
    fields: string,
    input: object,
    actor: Actor | null = shop.owner,
  ) =>
    execute<Record<string, T>>(
      app,
      actor,
      `mutation ($input: ${type}!) { ${name}(input: $input) { ${errorsOf(name)} ${fields} } }`,
      { input },
    ).then((data) => data[name] as T & Outcome)
  const onEndpoint = (name: string, endpointId: string, more: object = {}, type = 'WebhookEndpointInput') =>
    run<{ id: string; status: string; cursor: string }>(name, type, FIELDS[name] ?? '', { endpointId, ...more })
  return {
    app,
    shop,
    webhooks,
    run,
    onEndpoint,
    create: (input: object, actor?: Actor | null) =>
      run<Shown>(
        'createWebhookEndpoint',
        'CreateWebhookEndpointInput',
        '... on WebhookEndpointWithSecret { secret endpoint { id url eventTypes } }',
        input,
        actor,
      ),
    update: (endpointId: string, change: object, actor?: Actor | null) =>
      run<{ id: string; status: string; eventTypes: string[]; url: string }>(
        'updateWebhookEndpoint',
        'UpdateWebhookEndpointInput',
        '... on WebhookEndpoint { id status eventTypes url description }',
        { endpointId, ...change },
        actor,
      ),
    replay: (endpointId: string, after: string) =>
      onEndpoint('replayWebhooks', endpointId, { after }, 'ReplayWebhooksInput'),
    /** Delivers whatever is due, in order, as the workers would. */
    settle: async () => {
      await dispatchWebhooks(app, shop.merchantId)
      const due = await webhooks.rows<{ deliveryId: string; endpointId: string }>(
        `SELECT id AS "deliveryId", endpoint_id AS "endpointId" FROM webhook_delivery WHERE next_attempt_at <= now() ORDER BY sequence`,
        [],
      )
      for (const one of due)
        await deliverWebhook(app, { merchantId: shop.merchantId, ...one }, new AbortController().signal)
    },
  }
}

async function key(shop: TestShop, scopes: readonly Permission[]): Promise<Actor | null> {
  const { app } = opened
  const { secret } = await createApiKey(app, shop.owner, { name: 'A key', scopes })
  return authenticate(app, { authorization: `Bearer ${secret}` })
}

describe('an endpoint', () => {
  test('is created with a secret that is shown once, and again only to a repeat of the request', async () => {
    const { app, shop, create } = await setUp()
    const input = {
      url: receiver.url,
      description: 'ERP',
      eventTypes: ['stock_low', 'order_created', 'stock_low'],
      idempotencyKey: 'k',
    }
    const first = await create(input)
    expect(first).toMatchObject({
      secret: expect.stringMatching(/^whsec_[A-Za-z0-9+/]{43}=$/),
      endpoint: { url: receiver.url, eventTypes: ['order_created', 'stock_low'] },
    })
    expect(await create(input)).toEqual(first)
    const page = await execute(
      app,
      shop.owner,
      '{ webhookEndpoints { totalCount nodes: edges { node { id description status health { delivered failed pending } failingSince previousSecretExpiresAt } } } }',
    )
    expect(page).toMatchObject({
      webhookEndpoints: {
        totalCount: 1,
        nodes: [
          {
            node: {
              id: first.endpoint.id,
              description: 'ERP',
              status: 'ENABLED',
              health: { delivered: 0, failed: 0, pending: 0 },
              failingSince: null,
            },
          },
        ],
      },
    })
  })

  test('stores its secret encrypted; neither the database nor the audit log has the plain text', async () => {
    const { shop, webhooks, create, onEndpoint, run } = await setUp()
    const { secret, endpoint } = await create({ url: receiver.url })
    const rotated = await run<Shown>(
      'rotateWebhookSecret',
      'WebhookEndpointInput',
      '... on WebhookEndpointWithSecret { secret }',
      { endpointId: endpoint.id, idempotencyKey: 'r' },
    )
    expect(rotated.secret).not.toBe(secret)
    await onEndpoint('sendTestEvent', endpoint.id)
    for (const table of ['webhook_endpoint', 'webhook_delivery', 'audit_entry', 'idempotency_key', 'event']) {
      const rows = JSON.stringify(
        await webhooks.rows(`SELECT to_jsonb(t)::text AS row FROM ${table} t WHERE merchant_id = $1`, [
          shop.merchantId,
        ]),
      )
      for (const shown of [secret, rotated.secret]) {
        const bare = (shown ?? '').replace('whsec_', '')
        expect(rows).not.toContain(bare)
        expect(rows, 'nor as bytes').not.toContain(Buffer.from(shown ?? '').toString('hex'))
        expect(rows).not.toContain(Buffer.from(bare, 'base64').toString('hex'))
      }
    }
    // Repeated after yet another rotation, the request cannot show what is no longer the secret.
    await run('rotateWebhookSecret', 'WebhookEndpointInput', '', { endpointId: endpoint.id })
    const repeated = await run<Shown>(
      'rotateWebhookSecret',
      'WebhookEndpointInput',
      '... on WebhookEndpointWithSecret { secret }',
      { endpointId: endpoint.id, idempotencyKey: 'r' },
    )
    expect(repeated.secret).toBeNull()
  })

  test.each([
    [{ url: 'ftp://example.com' }, 'input.url', 'must begin with'],
    [{ url: 'http://10.0.0.1/' }, 'input.url', 'must be public; 10.0.0.1 is not'],
    [{ url: 'http://localhost:9000/' }, 'input.url', 'must be public; localhost is this machine itself'],
    [{ url: 'http://A.LOCALHOST./' }, 'input.url', 'must be public; a.localhost. is this machine itself'],
    [{ url: 'https://example.com', description: 'x'.repeat(201) }, 'input.description', 'at most 200'],
  ])('is refused with the path of the invalid field: %j', async (input, path, message) => {
    const { create } = await setUp()
    expect(await create(input)).toMatchObject({ issues: [{ path, message: expect.stringContaining(message) }] })
  })

  test('is refused when its name resolves to a private address, and accepted when it does not resolve yet', async () => {
    const { app, create, update } = await setUp()
    const resolved = vi.spyOn(outgoingOf(app).client, 'forbiddenAddressOf')
    resolved.mockResolvedValueOnce('10.1.2.3')
    const refused = {
      issues: [{ path: 'input.url', message: 'must be public; intranet.example resolves to 10.1.2.3' }],
    }
    expect(await create({ url: 'https://intranet.example/' })).toMatchObject(refused)
    const { endpoint } = await create({ url: 'https://nowhere.invalid/' })
    resolved.mockResolvedValueOnce('10.1.2.3')
    expect(await update(endpoint.id, { url: 'https://intranet.example/' })).toMatchObject(refused)
    resolved.mockRestore()
  })

  test('is one of at most twenty', async () => {
    const { create } = await setUp()
    for (let n = 0; n < 20; n++) expect(await create({ url: receiver.url })).not.toHaveProperty('issues')
    expect(await create({ url: receiver.url })).toMatchObject({
      issues: [{ message: expect.stringContaining('at most 20') }],
    })
  })

  test('selects only event types that its creator may see', async () => {
    const { app, shop, create, update, settle, webhooks } = await setUp()
    const narrow = await key(shop, ['webhooks:read', 'webhooks:write', 'catalog:read'])
    await expect(create({ url: receiver.url }, narrow)).rejects.toThrow('"conversations:read"')
    await expect(create({ url: receiver.url, eventTypes: ['order_created'] }, narrow)).rejects.toThrow('"orders:read"')
    const own = await create({ url: receiver.url, eventTypes: ['stock_low'] }, narrow)
    expect(own.endpoint.eventTypes).toEqual(['stock_low'])
    await expect(update(own.endpoint.id, { eventTypes: [] }, narrow)).rejects.toThrow('orders:read')

    // Nor may it lead elsewhere what another endpoint is told of, or read it in the delivery log.
    const { endpoint } = await create({ url: receiver.url })
    await expect(update(endpoint.id, { url: 'https://elsewhere.example/' }, narrow)).rejects.toThrow('orders:read')
    expect(await update(endpoint.id, { description: 'renamed' }, narrow)).toMatchObject({ id: endpoint.id })
    // Not even after narrowing it: what it has not taken yet would go to the new address.
    await webhooks.emit()
    await dispatchWebhooks(app, shop.merchantId)
    expect(await update(endpoint.id, { eventTypes: ['stock_low'] }, narrow)).toMatchObject({ id: endpoint.id })
    await expect(update(endpoint.id, { url: 'https://elsewhere.example/' }, narrow)).rejects.toThrow('orders:read')
    await update(endpoint.id, { eventTypes: [] })
    await settle()
    const told =
      '{ webhookEndpoints { edges { node { id missingPermissions } } } webhookEventTypes { permission grantable } }'
    const { webhookEndpoints, webhookEventTypes } = await execute<{
      webhookEndpoints: { edges: { node: { id: string; missingPermissions: string[] } }[] }
      webhookEventTypes: { permission: string; grantable: boolean }[]
    }>(app, narrow, told)
    const missing = webhookEndpoints.edges.find(({ node }) => node.id === endpoint.id)?.node.missingPermissions
    expect(missing).toContain('orders:read')
    expect(missing).not.toContain('catalog:read')
    for (const type of webhookEventTypes) expect(type.grantable).toBe(type.permission === 'catalog:read')
    const answers =
      '{ webhookEndpoints { edges { node { deliveries { edges { node { id attempts { responseBody } } } } } } } }'
    await expect(execute(app, narrow, answers)).rejects.toThrow('orders:read')
    const query = '{ webhookEndpoints { edges { node { deliveries { edges { node { id type payload } } } } } } }'
    await expect(execute(app, narrow, query)).rejects.toThrow('orders:read')
    expect(JSON.stringify(await execute(app, await key(shop, KEY_SCOPES), query))).toContain('order_status_changed')
  })

  test('is for managers and owners', async () => {
    const { shop, create } = await setUp()
    await expect(create({ url: receiver.url }, await key(shop, ['webhooks:read', 'orders:read']))).rejects.toThrow(
      'webhooks:write',
    )
  })
})

describe('disabling and enabling', () => {
  test('a disabled endpoint has no deliveries; enabled again it receives later events, or also those it missed', async () => {
    const { webhooks, create, update, settle } = await setUp()
    const {
      endpoint: { id },
    } = await create({ url: receiver.url })
    expect(await webhooks.readers()).toBe(1)
    await webhooks.emit()
    await settle()
    expect(await update(id, { enabled: false })).toMatchObject({ status: 'DISABLED' })
    expect(await webhooks.readers()).toBe(0)
    await webhooks.emit(2)
    await settle()
    expect(await webhooks.deliveries(id)).toHaveLength(1)

    expect(await update(id, { enabled: true })).toMatchObject({ status: 'ENABLED' })
    await webhooks.emit()
    await settle()
    expect(await webhooks.deliveries(id), 'what it missed is not sent').toHaveLength(2)

    await update(id, { enabled: false })
    await webhooks.emit(3)
    await update(id, { enabled: true, catchUp: true })
    await settle()
    expect(await webhooks.deliveries(id)).toHaveLength(5)
    expect((await webhooks.deliveries(id)).every(({ status }) => status === 'SUCCEEDED')).toBe(true)
    expect(await webhooks.readers()).toBe(1)
  })

  test('pending deliveries are cancelled, and an attempt in flight may still succeed', async () => {
    const { app, shop, webhooks, create, update } = await setUp()
    for (const [answer, status] of [
      [500, 'CANCELLED'],
      [200, 'SUCCEEDED'],
    ] as const) {
      const {
        endpoint: { id },
      } = await create({ url: receiver.url })
      await webhooks.emit()
      await dispatchWebhooks(app, shop.merchantId)
      const [delivery] = await webhooks.deliveries(id)
      receiver.answer((received, response) => {
        void update(id, { enabled: false }).then(() => answerWith(answer)(received, response))
      })
      const ref = { merchantId: shop.merchantId, endpointId: id, deliveryId: delivery?.id ?? '' }
      await deliverWebhook(app, ref, new AbortController().signal)
      expect(await webhooks.deliveries(id)).toMatchObject([{ status, attemptCount: 1 }])
    }
    receiver.answer(answerWith(204))
  })

  test('a deleted endpoint is not found and receives nothing', async () => {
    const { app, shop, webhooks, create, onEndpoint } = await setUp()
    const {
      endpoint: { id },
    } = await create({ url: receiver.url })
    await webhooks.emit()
    await dispatchWebhooks(app, shop.merchantId)
    const before = receiver.received.length
    expect(await onEndpoint('removeWebhookEndpoint', id)).toEqual({ __typename: 'RemovedWebhookEndpoint', id })
    expect(await webhooks.readers()).toBe(0)
    const [delivery] = await webhooks.deliveries(id)
    await deliverWebhook(
      app,
      { merchantId: shop.merchantId, endpointId: id, deliveryId: delivery?.id ?? '' },
      new AbortController().signal,
    )
    expect(receiver.received).toHaveLength(before)
    expect(await onEndpoint('sendTestEvent', id)).toMatchObject({ __typename: 'NotFoundError' })
    const asked = await execute(
      app,
      shop.owner,
      'query ($id: ID!, $delivery: ID!) { webhookEndpoint(id: $id) { id } webhookDelivery(id: $delivery) { id } }',
      { id, delivery: delivery?.id },
    )
    expect(asked).toEqual({ webhookEndpoint: null, webhookDelivery: null })
    expect(outgoingOf(app).limits.inFlight(id)).toBe(0)
  })
})

describe('the delivery log', () => {
  const LOG = `query ($id: ID!, $filter: WebhookDeliveryFilter, $after: String) { webhookEndpoint(id: $id) { health { delivered failed pending lastDeliveredAt }
    deliveries(first: 2, after: $after, filter: $filter) { totalCount pageInfo { hasNextPage endCursor } edges { node {
      id type cursor status attemptCount nextAttemptAt payload attempts { number statusCode error responseBody durationMs } } } } } }`
  type Page = {
    webhookEndpoint: {
      health: object
      deliveries: {
        totalCount: number
        pageInfo: { hasNextPage: boolean; endCursor: string }
        edges: { node: { id: string; status: string; payload: object } }[]
      }
    }
  }

  test('lists every attempt, by page, status and event', async () => {
    const { app, shop, webhooks, create, settle, onEndpoint } = await setUp()
    const {
      endpoint: { id },
    } = await create({ url: receiver.url })
    const ask = (filter: object = {}, after?: string) => execute<Page>(app, shop.owner, LOG, { id, filter, after })
    receiver.answer(answerWith(500, {}, 'out of order'))
    await webhooks.emit()
    await settle()
    receiver.answer(answerWith(200, {}, 'thanks'))
    await webhooks.emit(2)
    await settle()
    await onEndpoint('sendTestEvent', id)
    await settle()

    const {
      webhookEndpoint: { health, deliveries },
    } = await ask()
    expect(health).toMatchObject({ delivered: 3, failed: 0, pending: 1, lastDeliveredAt: expect.any(String) })
    expect(deliveries).toMatchObject({
      totalCount: 4,
      pageInfo: { hasNextPage: true },
      edges: [
        { node: { type: 'webhook_test', cursor: null, status: 'SUCCEEDED', payload: { type: 'webhook_test' } } },
        {},
      ],
    })
    const rest = await ask({}, deliveries.pageInfo.endCursor)
    const ids = [...deliveries.edges, ...rest.webhookEndpoint.deliveries.edges].map(({ node }) => node.id)
    expect(new Set(ids).size).toBe(4)
    const pending = await ask({ status: 'PENDING' })
    expect(pending.webhookEndpoint.deliveries).toMatchObject({
      totalCount: 1,
      edges: [
        {
          node: {
            attemptCount: 1,
            nextAttemptAt: expect.any(String),
            attempts: [
              { number: 1, statusCode: 500, error: 'The endpoint answered 500.', responseBody: 'out of order' },
            ],
          },
        },
      ],
    })
    expect((await ask({ type: 'webhook_test' })).webhookEndpoint.deliveries.totalCount).toBe(1)
    expect((await ask({ type: 'order_created' })).webhookEndpoint.deliveries.totalCount).toBe(0)
  })

  test('redelivers a delivery with its id, one attempt more, and a new retry schedule', async () => {
    const { app, webhooks, create, settle, run, update } = await setUp()
    const {
      endpoint: { id },
    } = await create({ url: receiver.url })
    await webhooks.emit()
    await settle()
    const [first] = await webhooks.deliveries(id)
    const redeliver = () =>
      run<{ status: string }>('redeliverWebhook', 'RedeliverWebhookInput', '... on WebhookDelivery { id status }', {
        deliveryId: first?.id,
      })
    receiver.answer(answerWith(500))
    expect(await redeliver()).toMatchObject({ id: first?.id, status: 'PENDING' })
    const before = receiver.received.length
    await settle()
    expect(receiver.received.slice(before).map((one) => one.id)).toEqual([first?.id])
    expect(await webhooks.deliveries(id)).toMatchObject([{ status: 'PENDING', attemptCount: 2 }])
    const [{ seconds } = { seconds: 0 }] = await webhooks.rows<{ seconds: number }>(
      'SELECT extract(epoch FROM next_attempt_at - now())::float8 AS seconds FROM webhook_delivery WHERE id = $1',
      [first?.id],
    )
    expect(seconds, 'the pause after a first attempt').toBeGreaterThan(3)
    expect(seconds).toBeLessThanOrEqual(5)

    await update(id, { enabled: false })
    expect(await redeliver()).toMatchObject({
      issues: [{ path: 'input.deliveryId', message: expect.stringContaining('disabled') }],
    })
    expect(
      await run('redeliverWebhook', 'RedeliverWebhookInput', '', { deliveryId: crypto.randomUUID() }),
    ).toMatchObject({ __typename: 'NotFoundError' })
    receiver.answer(answerWith(204))
    expect(app.config.webhooks.scheduleSeconds).toHaveLength(10)
  })
})

describe('a replay', () => {
  test('delivers the events after the cursor again, each with its earlier delivery id', async () => {
    const { webhooks, create, settle, replay } = await setUp()
    const {
      endpoint: { id },
      secret,
    } = await create({ url: receiver.url })
    await webhooks.emit(5)
    await settle()
    const sent = await webhooks.deliveries(id)
    const before = receiver.received.length
    expect(await replay(id, encodeCursor(sent[1]?.sequence ?? 0))).toMatchObject({
      id,
      cursor: encodeCursor(sent[1]?.sequence ?? 0),
    })
    await settle()
    const again = receiver.received.slice(before)
    expect(again.map((one) => one.id)).toEqual(sent.slice(2).map((one) => one.id))
    expect(again.map((one) => verified(secret ?? '', one).sequence)).toEqual(sent.slice(2).map((one) => one.sequence))
    expect((await webhooks.deliveries(id)).map(({ attemptCount }) => attemptCount)).toEqual([1, 1, 2, 2, 2])
  })

  test('creates deliveries again that the clean-up deleted, with the same id', async () => {
    const { app, webhooks, create, settle, replay } = await setUp()
    const {
      endpoint: { id },
    } = await create({ url: receiver.url })
    await webhooks.emit(2)
    await settle()
    const sent = await webhooks.deliveries(id)
    await webhooks.rows(
      `UPDATE webhook_delivery SET created_at = now() - interval '31 days', finished_at = now() - interval '31 days' WHERE endpoint_id = $1`,
      [id],
    )
    await cleanUp(app)
    expect(await webhooks.deliveries(id)).toEqual([])
    await replay(id, encodeCursor((sent[0]?.sequence ?? 1) - 1))
    await settle()
    expect(await webhooks.deliveries(id)).toEqual(sent)
  })

  test('is limited to the event log and ten thousand events, and refuses future cursors', async () => {
    const { app, shop, webhooks, create, settle, replay, update } = await setUp()
    const {
      endpoint: { id },
    } = await create({ url: receiver.url })
    await webhooks.emit(3)
    await settle()
    await relay(app, shop.merchantId)
    const { last } = await app.log.bounds(shop.merchantId)
    expect(await replay(id, encodeCursor(last + 1))).toMatchObject({
      issues: [{ path: 'input.after', message: expect.stringContaining('beyond the end') }],
    })
    await webhooks.rows(`UPDATE event SET occurred_at = now() - interval '9 days' WHERE sequence < $1`, [last])
    await trimEvents(app, shop.merchantId, { days: 8, readUpTo: SMALLEST_CURSOR })
    expect(await replay(id, encodeCursor(0))).toMatchObject({
      issues: [
        { path: 'input.after', message: expect.stringContaining(`the oldest cursor is "${encodeCursor(last - 1)}"`) },
      ],
    })
    await expect(replay(id, 'nonsense')).rejects.toThrow('was not made by this server')
    await webhooks.rows('UPDATE event_counter SET last = last + 20000', [])
    expect(await replay(id, encodeCursor(last))).toMatchObject({
      issues: [{ message: expect.stringContaining('at most 10000') }],
    })
    await webhooks.rows('UPDATE event_counter SET last = last - 20000', [])
    await update(id, { enabled: false })
    expect(await replay(id, encodeCursor(last))).toMatchObject({
      issues: [{ message: expect.stringContaining('disabled') }],
    })
  })
})

test('retention keeps the events that an enabled endpoint still waits for, and none for disabled ones', async () => {
  const { app, shop, webhooks, create, update } = await setUp()
  const {
    endpoint: { id },
  } = await create({ url: receiver.url })
  await webhooks.emit(2)
  await relay(app, shop.merchantId)
  await webhooks.rows(`UPDATE event SET occurred_at = now() - interval '9 days'`, [])
  const { trimmed } = await app.log.bounds(shop.merchantId)
  const behind = async () =>
    (await app.log.bounds(shop.merchantId)).last - (await app.log.bounds(shop.merchantId)).trimmed
  await trimEvents(app, shop.merchantId, { days: 8, readUpTo: SMALLEST_CURSOR })
  expect(await behind(), 'not dispatched yet').toBe(2)
  await update(id, { enabled: false })
  await trimEvents(app, shop.merchantId, { days: 8, readUpTo: SMALLEST_CURSOR })
  expect(await behind()).toBe(0)
  expect(trimmed).toBeLessThanOrEqual(2)
})

test('every selectable event has a description and the schema of its payload', async () => {
  const { app, shop } = await setUp()
  const { webhookEventTypes } = await execute<{
    webhookEventTypes: { type: string; schemaUrl: string; description: string }[]
  }>(app, shop.owner, '{ webhookEventTypes { type description permission schemaUrl } }')
  expect(webhookEventTypes.map(({ type }) => type).toSorted()).toEqual(
    app.events.all.map(({ type }) => type).toSorted(),
  )
  for (const one of webhookEventTypes) expect(one.schemaUrl).toContain(`/schemas/events/${one.type}.v1.json`)
})
