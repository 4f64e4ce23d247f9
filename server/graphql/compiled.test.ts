import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  execute,
  Kind,
  parse,
  print,
  validate,
  type DocumentNode,
  type ExecutionArgs,
  type FragmentDefinitionNode,
  type OperationDefinitionNode,
} from 'graphql'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { createCustomer, openTestApp, type TestApp } from '../../test/harness/app.ts'
import { createTestProduct, createTestShop, type TestShop } from '../../test/harness/shop.ts'
import { encodeCursor } from '../events/cursor.ts'
import type { FeedItem } from '../events/feed.ts'
import { eventOf } from '../events/testing.ts'
import { setCartLine } from '../features/carts/service.ts'
import { placeOrder } from '../features/orders/service/place-order.ts'
import { transitionOrder } from '../features/orders/service/transition-order.ts'
import { buildSchema } from '../features/schema.ts'
import type { Actor } from '../auth/actor.ts'
import { compiledExecute, isCompiled } from './compiled.ts'
import { createRequestContext } from './context.ts'

const schema = buildSchema()
let testApp: TestApp
let shop: TestShop
/** A value for every variable that the clients' documents name. */
let clientVariables: Record<string, unknown>
let ids: { customer: string; conversation: string; order: string; product: string; variant: string }

beforeAll(async () => {
  testApp = await openTestApp()
  const { app } = testApp
  shop = await createTestShop(app)
  const { productId, variantId } = await createTestProduct(app, shop.owner, { onHand: 100 })
  const { customerId, conversationId } = await createCustomer(app, shop.merchantId, { name: 'Ada "Test"\n' })
  const order = async () => {
    await setCartLine(app, shop.owner, { customerId, variantId, quantity: 2 })
    return placeOrder(app, shop.owner, {
      customerId,
      fulfilment: 'DELIVERY',
      address: '12 Test Lane',
      paymentMethod: 'CASH_ON_DELIVERY',
      note: 'ünï \u2028',
    })
  }
  const placed = await order()
  await transitionOrder(app, shop.owner, { orderId: placed.id, action: 'ACCEPT' })
  await order()
  await setCartLine(app, shop.owner, { customerId, variantId, quantity: 1 })
  ids = {
    customer: customerId,
    conversation: conversationId,
    order: placed.id,
    product: productId,
    variant: variantId,
  }
  clientVariables = {
    first: 5,
    customerId,
    number: placed.number,
    filter: {},
    token: 'none',
    // For `previewTemplate`, the only query that takes an input.
    input: { draft: { language: 'en', type: 'TEXT', content: { body: 'Hello' } } },
  }
})
afterAll(() => testApp[Symbol.asyncDispose]())
afterEach(() => vi.useRealTimers())

/** Executes a document compiled and plain; returns both answers as the JSON that is sent, errors included. */
async function executeBoth(
  document: DocumentNode,
  variableValues: Record<string, unknown> = {},
  actor: Actor | null = shop.owner,
  rootValue?: unknown,
) {
  const args = (): ExecutionArgs => ({
    schema,
    document,
    rootValue,
    variableValues,
    contextValue: createRequestContext({ app: testApp.app, actor, requestId: 'test', ip: '127.0.0.1' }),
  })
  const run = compiledExecute(execute)
  for (let use = 0; use < 3; use++) await run(args())
  expect(isCompiled(document), `compiled: ${print(document)}`).toBe(true)
  return { compiled: JSON.stringify(await run(args())), plain: JSON.stringify(await execute(args())) }
}

async function newestMessage(): Promise<unknown> {
  const document = parse(
    `{ conversation(id: "${ids.conversation}") { messages(first: 1) { pageInfo { endCursor } } } }`,
  )
  return /"endCursor":"([^"]+)"/.exec((await executeBoth(document)).plain)?.[1]
}

async function queriesOf(app: string): Promise<[name: string, DocumentNode][]> {
  const definitions: (OperationDefinitionNode | FragmentDefinitionNode)[] = []
  for (const file of await readdir(app, { recursive: true })) {
    if (!file.endsWith('.graphql')) continue
    for (const one of parse(await readFile(join(app, file), 'utf8')).definitions)
      if (one.kind === Kind.OPERATION_DEFINITION || one.kind === Kind.FRAGMENT_DEFINITION) definitions.push(one)
  }
  const fragments = definitions.filter((one) => one.kind === Kind.FRAGMENT_DEFINITION)
  const queries = definitions.filter((one) => one.kind === Kind.OPERATION_DEFINITION && one.operation === 'query')
  return queries.map((query) => [
    `${app} ${query.name?.value}`,
    { kind: Kind.DOCUMENT, definitions: [query, ...spreadFragments(query, fragments)] },
  ])
}

/** The fragments that a definition spreads, directly or through other fragments. */
function spreadFragments(
  query: OperationDefinitionNode | FragmentDefinitionNode,
  fragments: FragmentDefinitionNode[],
): FragmentDefinitionNode[] {
  const found = new Map<string, FragmentDefinitionNode>()
  const collectFrom = (node: OperationDefinitionNode | FragmentDefinitionNode) => {
    for (const [, name] of print(node).matchAll(/\.\.\.(\w+)/g)) {
      const fragment = fragments.find((one) => one.name.value === name)
      if (!fragment || found.has(fragment.name.value)) continue
      found.set(fragment.name.value, fragment)
      collectFrom(fragment)
    }
  }
  collectFrom(query)
  return [...found.values()]
}

test('every query of the dashboard and the bot is compiled, and its answer equals the plain executor’s', async () => {
  const queries = [...(await queriesOf('web')), ...(await queriesOf('bot'))]
  expect(queries.length).toBeGreaterThanOrEqual(15)
  for (const [name, document] of queries) {
    const kind = /conversation|message/i.test(name)
      ? 'conversation'
      : /customer/i.test(name)
        ? 'customer'
        : /product/i.test(name)
          ? 'product'
          : ('order' as const)
    const after = name.includes('Older') ? await newestMessage() : null
    const { compiled, plain } = await executeBoth(document, { ...clientVariables, after, id: ids[kind] })
    expect(compiled, name).toBe(plain)
    expect(plain, name).not.toContain('"errors"')
  }
})

describe('the compiled answer equals the plain executor’s', () => {
  const cases: Record<string, [source: string, variables?: Record<string, unknown>, actor?: Actor | null]> = {
    'for null': ['{ order(id: "00000000-0000-0000-0000-000000000000") { id placedAt } }'],
    'for times, enums and money': [
      '{ orders { edges { node { placedAt reservedUntil status fulfilment total { amount formatted } delivery { dispatchedAt } } } } }',
    ],
    'for JSON, interfaces and types below them': [
      '{ eventLog(first: 50) { edges { cursor node { __typename type occurredAt ... on OrderCreatedEvent { payload order { number } } ... on OrderStatusChangedEvent { from to } } } } }',
    ],
    'for @skip and @include that leave fields out': [
      'query ($yes: Boolean!) { orders { edges { node { id @skip(if: $yes) number @include(if: $yes) ... @skip(if: $yes) { note } } } } }',
      { yes: true },
    ],
    'for @skip and @include that keep fields': [
      'query ($yes: Boolean!) { orders { edges { node { id @skip(if: $yes) number @include(if: $yes) ... @skip(if: $yes) { note } } } } }',
      { yes: false },
    ],
    'for aliases and defaults': [
      'query ($n: Int = 1) { a: orders(first: $n) { totalCount edges { node { x: id } } } b: orders(first: 2) { edges { node { id } } } }',
    ],
    'for enums in variables': [
      'query ($filter: OrderFilter) { orders(filter: $filter) { totalCount } }',
      { filter: { status: ['PENDING'], placedAfter: '2026-01-01T00:00:00Z' } },
    ],
    'for an error in a nullable field': ['{ order(id: "x") { id } orders(first: 1000) { totalCount } }'],
    'for an error that makes its parents null': [
      '{ viewer { __typename } orders(first: 5, last: 5) { edges { node { id } } } }',
    ],
    'for an anonymous caller': ['{ orders { totalCount } }', {}, null],
    'for a variable of the wrong type': [
      'query ($first: Int) { orders(first: $first) { totalCount } }',
      { first: 'many' },
    ],
    'for a variable that is missing': ['query ($id: ID!) { order(id: $id) { id } }'],
    'for an invalid time': [
      'query ($filter: OrderFilter) { orders(filter: $filter) { totalCount } }',
      { filter: { placedAfter: 'yesterday' } },
    ],
    'for introspection': [
      '{ __schema { types { name kind fields { name type { name ofType { name } } } } } __type(name: "Order") { description } }',
    ],
  }
  test.each(Object.entries(cases))('%s', async (_name, [source, variables, actor]) => {
    const document = parse(source)
    expect(validate(schema, document)).toEqual([])
    const { compiled, plain } = await executeBoth(document, variables, actor)
    expect(JSON.parse(compiled)).toEqual(JSON.parse(plain))
    expect(compiled.length).toBe(plain.length)
  })
})

describe('a compiled mutation', () => {
  const SET = `mutation ($input: SetCartLineInput!) { setCartLine(input: $input) { __typename
    ... on Cart { lines { quantity total { formatted } } } ... on Error { message } ... on ValidationError { issues { path message } } } }`
  const set = (change: object) => ({
    input: { customerId: ids.customer, variantId: ids.variant, quantity: 2, ...change },
  })
  const cases: Record<string, [source: string, variables: () => object, actor?: () => Actor | null]> = {
    'that succeeds': [SET, () => set({})],
    'that is refused by a typed error': [SET, () => set({ customerId: '00000000-0000-0000-0000-000000000000' })],
    'whose input is invalid': [SET, () => set({ quantity: -1 })],
    'whose variable has the wrong type': [SET, () => set({ quantity: 'many' })],
    'whose variable is missing': [SET, () => ({})],
    'of an anonymous caller': [SET, () => set({}), () => null],
    'without the permission': [SET, () => set({}), () => ({ ...shop.owner, permissions: new Set() })],
    'through a fragment, under an alias': [
      `mutation ($input: SetCartLineInput!) { ...Root } fragment Root on Mutation { a: setCartLine(input: $input) { ... on Cart { id } } }`,
      () => set({}),
    ],
    'that changes settings': [
      `mutation { updatePaymentSettings(input: { methods: [CASH_ON_DELIVERY], bankDetails: "IBAN" }) { __typename } }`,
      () => ({}),
    ],
    'that @skip leaves out': [
      `mutation ($no: Boolean!) { setCartLine(input: { customerId: "x", variantId: "x", quantity: 1 }) @skip(if: $no) { __typename } }`,
      () => ({ no: true }),
    ],
  }
  test.each(Object.entries(cases))(
    '%s answers as the plain executor does',
    async (_name, [source, variables, actor]) => {
      const document = parse(source)
      expect(validate(schema, document)).toEqual([])
      const { compiled, plain } = await executeBoth(
        document,
        variables() as Record<string, unknown>,
        actor ? actor() : shop.owner,
      )
      expect(JSON.parse(compiled)).toEqual(JSON.parse(plain))
    },
  )
})

test('the plain executor runs mutations with several fields, and each document on its first use', async () => {
  const line = `setCartLine(input: { customerId: "x", variantId: "x", quantity: 1 }) { __typename }`
  const several = parse(`mutation { a: ${line} ...More } fragment More on Mutation { b: ${line} }`)
  let executed = 0
  for (let use = 0; use < 5; use++) await compiledExecute(() => ++executed)({ schema, document: several })
  expect([isCompiled(several), executed]).toEqual([false, 5])
  for (const document of [parse(`mutation { ${line} }`), parse('{ __typename }')]) {
    await compiledExecute(() => null)({ schema, document })
    expect(isCompiled(document)).toBe(false)
  }
})

describe('a compiled subscription answers for an event as the plain executor does', () => {
  const FOLLOW = `subscription ($after: EventCursor, $no: Boolean = false) { events(after: $after) { __typename at: cursor type
    occurredAt @skip(if: $no) ...About ... on GapEvent { cause reason } ... on OrderCreatedEvent { payload order { number } } } }
    fragment About on OrderStatusChangedEvent { from to order { id number status total { formatted } customer { name } lines { sku } } }`
  const record = (type: string, data: object) => ({
    kind: 'event' as const,
    event: { ...eventOf(7), merchantId: shop.merchantId, type, data },
  })
  const change = (orderId: string) => ({ orderId, number: 1, from: 'PENDING', to: 'CONFIRMED', reason: null })
  const cases: Record<string, [item: () => FeedItem, actor?: () => Actor]> = {
    'about an order': [() => record('order_status_changed', change(ids.order))],
    'about an order that is gone': [
      () => record('order_status_changed', change('00000000-0000-4000-8000-000000000000')),
    ],
    'with a payload': [() => record('order_created', { orderId: ids.order, text: 'ünï \u2028' })],
    'without further fields': [() => record('bot_connected', {})],
    'whose data no longer fits': [() => record('order_status_changed', { orderId: 1 })],
    'that is a gap': [() => ({ kind: 'gap', cause: 'RESTORED', sequence: 3, incarnation: 'abcdefgh' })],
    'whose parts the caller may not see': [
      () => record('order_status_changed', change(ids.order)),
      () => ({ ...shop.owner, permissions: new Set(['events:read', 'orders:read'] as const) }),
    ],
  }
  test.each(Object.entries(cases))('%s', async (_name, [item, actor]) => {
    vi.useFakeTimers({ toFake: ['Date'] })
    const document = parse(FOLLOW)
    expect(validate(schema, document)).toEqual([])
    const variables = { after: encodeCursor(3) }
    const { compiled, plain } = await executeBoth(document, variables, actor?.() ?? shop.owner, item())
    expect(JSON.parse(compiled)).toEqual(JSON.parse(plain))
    expect(compiled.length).toBe(plain.length)
  })
})
