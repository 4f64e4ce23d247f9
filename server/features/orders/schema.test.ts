import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { botActor, createCustomer, execute, openTestApp, type TestApp } from '../../../test/harness/app.ts'
import { createStaff, createTestProduct, createTestShop, type TestShop } from '../../../test/harness/shop.ts'
import { tenantDb } from '../../../test/harness/tenant-db.ts'
import type { TenantActor } from '../../auth/actor.ts'
import type { AppContext } from '../../context.ts'
import { setCartLine } from '../carts/service.ts'
import { transitionOrder } from './service/transition-order.ts'

let testApp: TestApp
let app: AppContext
let shop: TestShop
let variantId: string
/** Placed oldest first. */
const placed: { id: string; customerId: string }[] = []

const PLACE = `mutation ($input: PlaceOrderInput!) { placeOrder(input: $input) { __typename
  ... on Order { id number status customer { id } total { formatted } }
  ... on Error { message }
  ... on OutOfStockError { lines { productName requested available variantId } }
  ... on PriceChangedError { total { amount } }
  ... on ValidationError { issues { path message } } } }`
const MOVE = `mutation ($input: TransitionOrderInput!) { transitionOrder(input: $input) { __typename
  ... on Order { id status allowedActions }
  ... on Error { message }
  ... on IllegalTransitionError { status allowedActions }
  ... on ValidationError { issues { path message } } } }`
const checkout = (customerId: string) => ({
  customerId,
  fulfilment: 'DELIVERY',
  address: '12 Test Lane',
  paymentMethod: 'CASH_ON_DELIVERY',
})

beforeAll(async () => {
  testApp = await openTestApp()
  app = testApp.app
  shop = await createTestShop(app)
  variantId = (await createTestProduct(app, shop.owner, { onHand: 1_000 })).variantId
  const people = [
    await createCustomer(app, shop.merchantId, { name: 'Amina Test', phone: '+15550001111' }),
    await createCustomer(app, shop.merchantId, { name: '100% Test_er', phone: '+15550002222' }),
  ]
  for (let n = 0; n < 12; n++) {
    const { customerId } = people[n % 2]!
    await setCartLine(app, shop.owner, { customerId, variantId, quantity: 1 + (n % 3) })
    const { placeOrder } = await execute<{ placeOrder: { id: string } }>(app, shop.owner, PLACE, {
      input: checkout(customerId),
    })
    placed.push({ id: placeOrder.id, customerId })
    if (n % 4 === 0) await transitionOrder(app, shop.owner, { orderId: placeOrder.id, action: 'ACCEPT' })
  }
  // Three of them at the very same millisecond: the id decides.
  const ids = placed.slice(3, 6).map((order) => order.id)
  await tenantDb(app.database, shop.merchantId).order.updateMany({
    where: { id: { in: ids } },
    data: { placedAt: new Date('2026-01-01T00:00:00.123Z') },
  })
})
afterAll(() => testApp[Symbol.asyncDispose]())

type Page = {
  orders: {
    edges: { cursor: string; node: { id: string; number: number } }[]
    pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; endCursor: string; startCursor: string }
    totalCount: number
  }
}
const LIST = `query ($first: Int, $last: Int, $after: String, $before: String, $filter: OrderFilter) {
  orders(first: $first, last: $last, after: $after, before: $before, filter: $filter) {
    totalCount edges { cursor node { id number } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`
const list = async (variables: Record<string, unknown>, actor: TenantActor = shop.owner) =>
  (await execute<Page>(app, actor, LIST, variables)).orders

const plainIds = async (where = {}) =>
  (
    await tenantDb(app.database, shop.merchantId).order.findMany({
      where,
      orderBy: [{ placedAt: 'desc' }, { id: 'desc' }],
      select: { id: true },
    })
  ).map((order) => order.id)

describe('the list of orders', () => {
  test('equals the orders read one by one', async () => {
    const document = `{ orders(first: 100) { edges { node { id number status fulfilment paymentMethod address note reason placedAt updatedAt reservedUntil
      subtotal { amount currency } deliveryFee { amount } total { amount currency }
      customer { id name phone username language createdAt identities { kind value } }
      lines { id sku productName variantName quantity variantId unitPrice { amount } total { amount currency } }
      delivery { id status address dispatchedAt deliveredAt } } } } }`
    const { orders } = await execute<{ orders: { edges: { node: unknown }[] } }>(app, shop.owner, document)
    const rows = await tenantDb(app.database, shop.merchantId).order.findMany({
      include: { customer: { include: { identities: true } }, lines: { orderBy: { position: 'asc' } }, delivery: true },
      orderBy: [{ placedAt: 'desc' }, { id: 'desc' }],
    })
    const money = (amount: bigint, currency?: string) => ({ amount: Number(amount), ...(currency ? { currency } : {}) })
    const expected = rows.map((o) => ({
      id: o.id,
      number: o.number,
      status: o.status,
      fulfilment: o.fulfilment,
      paymentMethod: o.paymentMethod,
      address: o.address,
      note: o.note,
      reason: o.reason,
      placedAt: o.placedAt.toISOString(),
      updatedAt: o.updatedAt.toISOString(),
      reservedUntil: o.reservedUntil?.toISOString() ?? null,
      subtotal: money(o.subtotal, o.currency),
      deliveryFee: money(o.deliveryFee),
      total: money(o.total, o.currency),
      customer: {
        id: o.customer.id,
        name: o.customer.name,
        phone: `+${o.customer.identities[0]?.value}`,
        username: o.customer.username,
        language: o.customer.language,
        createdAt: o.customer.createdAt.toISOString(),
        identities: o.customer.identities.map(({ kind, value }) => ({ kind, value })),
      },
      lines: o.lines.map((l) => ({
        id: l.id,
        sku: l.sku,
        productName: l.productName,
        variantName: l.variantName,
        quantity: l.quantity,
        variantId: l.variantId,
        unitPrice: money(l.unitPrice),
        total: money(l.total, o.currency),
      })),
      delivery: o.delivery && {
        id: o.delivery.id,
        status: o.delivery.status,
        address: o.delivery.address,
        dispatchedAt: null,
        deliveredAt: null,
      },
    }))
    expect(orders.edges.map((edge) => edge.node)).toEqual(expected)
  })

  test('pages forwards and backwards without gaps and repeats', async () => {
    const all = await plainIds()
    for (const backwards of [false, true]) {
      const seen: string[] = []
      for (let cursor: string | undefined, more = true; more;) {
        const page = await list(backwards ? { last: 5, before: cursor } : { first: 5, after: cursor })
        const ids = page.edges.map((edge) => edge.node.id)
        if (backwards) seen.unshift(...ids)
        else seen.push(...ids)
        cursor = backwards ? page.pageInfo.startCursor : page.pageInfo.endCursor
        more = backwards ? page.pageInfo.hasPreviousPage : page.pageInfo.hasNextPage
        expect(page.totalCount).toBe(12)
      }
      expect(seen).toEqual(all)
    }
  })

  test('filters by status, customer and time', async () => {
    const ids = async (filter: object) => {
      const page = await list({ first: 100, filter })
      expect(page.totalCount).toBe(page.edges.length)
      return page.edges.map((edge) => edge.node.id)
    }
    expect(await ids({ status: ['CONFIRMED'] })).toEqual(await plainIds({ status: 'CONFIRMED' }))
    expect(await ids({ status: ['PENDING', 'CONFIRMED', 'PENDING'] })).toEqual(await plainIds())
    expect(await ids({ status: ['RETURNED'] })).toEqual([])
    expect(await ids({ status: [] })).toHaveLength(12)
    const { customerId } = placed[0]!
    expect(await ids({ customerId, status: ['PENDING'] })).toEqual(await plainIds({ customerId, status: 'PENDING' }))
    expect(await ids({ customerId: 'nobody' })).toEqual([])
    expect(await ids({ placedBefore: '2026-01-02T00:00:00Z' })).toHaveLength(3)
    expect(await ids({ placedAfter: '2026-01-01T00:00:00.123Z' })).toHaveLength(9)
    expect(await ids({ placedAfter: '2026-01-01T00:00:00Z', placedBefore: '2026-01-01T00:00:01Z' })).toHaveLength(3)
  })

  test('finds a number, a name and a phone, and takes wildcards literally', async () => {
    const count = async (search: string) => (await list({ first: 100, filter: { search } })).totalCount
    expect(await count('1003')).toBe(1)
    expect(await count('#1003')).toBe(1)
    expect(await count('amina')).toBe(6)
    expect(await count('+1 555 000-2222')).toBe(6)
    expect(await count('100%')).toBe(6)
    expect(await count('%')).toBe(6)
    expect(await count('Test_')).toBe(6)
    expect(await count('nobody at all')).toBe(0)
    expect(await count('99999999999999999999')).toBe(0)
    expect(await count('  ')).toBe(12)
  })

  test('refuses unknown cursors and oversized pages', async () => {
    const forged = (text: string) => Buffer.from(text).toString('base64url')
    for (const after of [
      'x',
      forged(`now\n${crypto.randomUUID()}`),
      forged(`2026-01-01T00:00:00.000Z\n${'-'.repeat(36)}`),
    ]) {
      await expect(list({ first: 5, after })).rejects.toMatchObject({ cause: { code: 'CURSOR_INVALID' } })
    }
    await expect(list({ first: 101 })).rejects.toMatchObject({ cause: { code: 'BAD_INPUT' } })
  })

  test('shows the bot the orders of its customer only', async () => {
    const { customerId } = placed[0]!
    const bot = botActor(shop.merchantId, customerId)
    expect((await list({}, bot)).edges).toHaveLength(6)
    expect((await list({ filter: { customerId: placed[1]!.customerId } }, bot)).edges).toHaveLength(0)
  })

  test('reads parts that only a fragment or an alias asks for', async () => {
    const document = `query { page: orders(first: 1) { ...Rows } } fragment Rows on OrderConnection { edges { row: node { ... on Order { items: lines { sku } who: customer { phone } } } } }`
    const answer = await execute<{ page: { edges: { row: { items: unknown[]; who: { phone: string } } }[] } }>(
      app,
      shop.owner,
      document,
    )
    expect(answer.page.edges[0]?.row).toEqual({ items: [{ sku: expect.any(String) }], who: { phone: '+15550002222' } })
  })
})

test('one order is found by id and by number; what is unknown, foreign or no id at all is null', async () => {
  const document = `query ($id: ID!, $number: Int!) { order(id: $id) { id timeline { type actor status at } customer { orders(first: 1) { totalCount edges { node { lines { quantity } } } } } } orderByNumber(number: $number) { id } }`
  const { id } = placed[0]!
  const { order, orderByNumber } = await execute<{
    order: { timeline: { type: string; actor: string; status: string }[]; customer: object }
    orderByNumber: object
  }>(app, shop.owner, document, { id, number: 1001 })
  expect(orderByNumber).toEqual({ id })
  expect(order.timeline.map(({ type, actor, status }) => [type, actor, status])).toEqual([
    ['order_created', 'Test owner', 'PENDING'],
    ['notice', 'System', null],
    ['order_status_changed', 'Test owner', 'CONFIRMED'],
    ['notice', 'System', null],
  ])
  expect(order.customer).toMatchObject({
    orders: { totalCount: 6, edges: [{ node: { lines: [{ quantity: expect.any(Number) }] } }] },
  })
  const other = await createTestShop(app)
  for (const [actor, unknown, number] of [
    [other.owner, id, 1001],
    [shop.owner, 'nonsense', 999],
    [shop.owner, crypto.randomUUID(), -1],
    [botActor(shop.merchantId, placed[1]!.customerId), id, 1001],
  ] as const) {
    expect(await execute(app, actor, document, { id: unknown, number })).toEqual({ order: null, orderByNumber: null })
  }
})

describe('outcomes other than success are typed', () => {
  const place = async (input: object, actor: TenantActor = shop.owner) =>
    (await execute<{ placeOrder: Record<string, unknown> }>(app, actor, PLACE, { input })).placeOrder
  const move = async (input: object, actor: TenantActor = shop.owner) =>
    (await execute<{ transitionOrder: Record<string, unknown> }>(app, actor, MOVE, { input })).transitionOrder

  test('of placeOrder', async () => {
    const { customerId } = await createCustomer(app, shop.merchantId)
    expect(await place(checkout(customerId))).toMatchObject({ __typename: 'EmptyCartError' })
    expect(await place(checkout('nonsense'))).toMatchObject({ __typename: 'NotFoundError' })
    const few = await createTestProduct(app, shop.owner, { name: 'Rare', onHand: 2 })
    await setCartLine(app, shop.owner, { customerId, variantId: few.variantId, quantity: 2 })
    expect(await place({ ...checkout(customerId), address: '' })).toMatchObject({
      __typename: 'ValidationError',
      issues: [{ path: 'input.address' }],
    })
    expect(await place({ ...checkout(customerId), expectedTotal: 1 })).toMatchObject({
      __typename: 'PriceChangedError',
      total: { amount: 2_300 },
    })
    await tenantDb(app.database, shop.merchantId).variant.update({ where: { id: few.variantId }, data: { onHand: 1 } })
    expect(await place(checkout(customerId))).toMatchObject({
      __typename: 'OutOfStockError',
      lines: [{ productName: 'Rare', requested: 2, available: 1, variantId: few.variantId }],
    })
    await tenantDb(app.database, shop.merchantId).variant.update({ where: { id: few.variantId }, data: { onHand: 2 } })
    expect(await place(checkout(customerId))).toMatchObject({
      __typename: 'Order',
      status: 'PENDING',
      total: { formatted: '$23.00' },
      customer: { id: customerId },
    })
  })

  test('of transitionOrder', async () => {
    const orderId = placed[1]!.id
    expect(await move({ orderId: 'nonsense', action: 'ACCEPT' })).toMatchObject({ __typename: 'NotFoundError' })
    expect(await move({ orderId, action: 'REJECT', reason: 'x'.repeat(301) })).toMatchObject({
      __typename: 'ValidationError',
    })
    expect(await move({ orderId, action: 'DISPATCH' })).toMatchObject({
      __typename: 'IllegalTransitionError',
      status: 'PENDING',
      allowedActions: ['ACCEPT', 'REJECT', 'CANCEL'],
    })
    expect(await move({ orderId, action: 'ACCEPT' })).toEqual({
      __typename: 'Order',
      id: orderId,
      status: 'CONFIRMED',
      allowedActions: ['START_PREPARING', 'MARK_READY', 'CANCEL'],
    })
  })

  test('a viewer is refused and is offered no actions', async () => {
    const viewer = await createStaff(app, shop.merchantId, { role: 'VIEWER' })
    await expect(move({ orderId: placed[2]!.id, action: 'ACCEPT' }, viewer)).rejects.toMatchObject({
      cause: { code: 'FORBIDDEN' },
    })
    const seen = await execute(app, viewer, `query ($id: ID!) { order(id: $id) { allowedActions } }`, {
      id: placed[2]!.id,
    })
    expect(seen).toEqual({ order: { allowedActions: [] } })
    await expect(execute(app, null, '{ orders { totalCount } }')).rejects.toMatchObject({
      cause: { code: 'UNAUTHENTICATED' },
    })
  })
})

describe('one order', () => {
  const FIELDS = [
    'id number status allowedActions',
    'customer { name phone }',
    'conversation { id }',
    'lines { productName unitPrice { amount } total { formatted } }',
    'lines { id }',
    'delivery { status address }',
    'fulfilment paymentMethod address note',
    'subtotal { amount } deliveryFee { amount } total { formatted }',
    'reason reservedUntil placedAt updatedAt',
    'timeline { type status }',
    'paymentStatus paid { amount } due { amount } toRefund { amount }',
    'payments { id status }',
  ]
  type Parts = Record<string, Record<string, unknown> | null>

  test('answers each part alone as it does all parts together, by id, by number and in a list', async () => {
    const { id } = placed[0]!
    const all = FIELDS.join(' ')
    const whole = await execute<Parts>(app, shop.owner, `{ order(id: "${id}") { ${all} } }`)
    const number = whole.order?.number as number
    for (const part of [all, ...FIELDS]) {
      const document = `{ order(id: "${id}") { number ${part} } orderByNumber(number: ${number}) { number ${part} }
        orders(first: 50) { edges { node { number ${part} } } } }`
      const { order, orderByNumber, orders } = await execute<Parts>(app, shop.owner, document)
      const edges = (orders?.edges ?? []) as { node: { number: number } }[]
      const listed = edges.find(({ node }) => node.number === number)?.node
      expect(orderByNumber).toEqual(order)
      expect(listed).toEqual(order)
      for (const [name, value] of Object.entries(order ?? {}))
        if (name !== 'lines') expect({ [name]: value }).toEqual({ [name]: whole.order?.[name] })
    }
  })

  test('reads only what is selected', async () => {
    const query = vi.spyOn(app.database.pool, 'query')
    try {
      await execute(app, shop.owner, `{ order(id: "${placed[0]?.id}") { status } }`)
      const texts = query.mock.calls.map(([config]) => (config as unknown as { text: string }).text)
      expect(texts.filter((text) => text.includes('"order"'))).toHaveLength(1)
      expect(texts.join()).not.toMatch(/order_line|FROM customer|delivery d|ledger_entry/)
    } finally {
      query.mockRestore()
    }
  })
})
