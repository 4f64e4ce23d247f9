import { buildSchema } from 'graphql'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createCustomer } from '../../test/harness/app.ts'
import { createTestProduct } from '../../test/harness/shop.ts'
import { startTestStoreline, type TestStoreline } from '../../test/harness/storeline.ts'
import { AppError } from '../errors.ts'
import { createRequestContext } from '../graphql/context.ts'
import { createErrorMask } from '../graphql/errors.ts'
import { createGraphqlServer } from '../graphql/yoga.ts'
import type { Meter } from '../rate-limit/meter.ts'
import { createFastPath } from './fast-path.ts'

let storeline: TestStoreline
let line: { customerId: string; variantId: string; quantity: number }
beforeAll(async () => {
  storeline = await startTestStoreline({ roles: ['api'] })
  const { variantId } = await createTestProduct(storeline.app, storeline.shop.owner, { name: 'Tea' })
  const { customerId } = await createCustomer(storeline.app, storeline.shop.merchantId)
  line = { customerId, variantId, quantity: 2 }
})
afterAll(() => storeline[Symbol.asyncDispose]())

type Answer = { status: number; type: string | null; body: unknown; requestId: boolean }

/** Sends a request. The answer has no `locations`, because compiled documents do not report them. */
async function send(request: object, headers: Record<string, string> = {}, init?: { get: true }): Promise<Answer> {
  const all = { 'content-type': 'application/json', ...storeline.shop.key, ...headers }
  const response = init
    ? await fetch(`${storeline.url}/graphql?${asParameters(request)}`, {
        headers: { ...all, accept: 'application/json', 'x-graphql-yoga-csrf': '1' },
      })
    : await fetch(`${storeline.url}/graphql`, {
        method: 'POST',
        headers: { accept: 'application/json', ...all },
        body: JSON.stringify(request),
      })
  const text = await response.text()
  const body = text.startsWith('{') ? (JSON.parse(text.replace(/,?"locations":\[[^\]]*\]/g, '')) as unknown) : text
  return {
    status: response.status,
    type: response.headers.get('content-type'),
    body,
    requestId: response.headers.has('x-request-id'),
  }
}

function asParameters(request: object): URLSearchParams {
  return new URLSearchParams(
    Object.entries(request).map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]),
  )
}

const PRODUCTS =
  'query Products($first: Int) { products(first: $first) { edges { node { name variants { price { formatted } } } } } }'

/** Requests that take the fast path when they are sent by POST; yoga answers the same requests by GET. */
const requests: Record<string, object> = {
  'a query': { query: '{ products { edges { node { id name variants { sku price { amount } } } } } }' },
  'a query with variables and a name': { query: PRODUCTS, variables: { first: 1 }, operationName: 'Products' },
  'a query with a name that is not in the document': { query: PRODUCTS, operationName: 'Orders' },
  'variables of the wrong type': { query: PRODUCTS, variables: { first: 'many' } },
  'an error of a resolver': { query: PRODUCTS, variables: { first: 1_000 } },
  'an error beside data': {
    query: '{ orderByNumber(number: 1) { id } order(id: "x") { id } eventLog(first: 1000) { totalCount } }',
  },
  'a document that is too deep or costs too much': {
    query:
      '{ products(first: 100) { edges { node { variants { sku } } } } conversations(first: 100) { edges { node { messages(first: 100) { edges { node { id } } } } } } }',
  },
  'a document with an unknown field': { query: '{ products { nothing } }' },
  'a document that cannot be parsed': { query: '{ products' },
  introspection: { query: '{ __schema { queryType { name } } }' },
}

test.each(Object.entries(requests))('the fast path answers %s as yoga does', async (_name, request) => {
  const first = await send(request)
  const byYoga = await send(request, {}, { get: true })
  expect(first).toEqual(byYoga)
  // By the fourth request the document is cached and compiled.
  for (let again = 0; again < 4; again++) expect(await send(request)).toEqual(byYoga)
  expect(byYoga.requestId).toBe(true)
})

test('callers without a valid key are refused, introspection included', async () => {
  const query = '{ products { edges { node { name } } } }'
  expect((await send({ query })).body).toMatchObject({ data: { products: {} } })
  const { authorization } = storeline.shop.key
  for (const headers of [{ authorization: '' }, { authorization: `${authorization}x` }]) {
    const { body, status } = await send({ query }, headers)
    expect(status).toBe(401)
    expect(body).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] })
  }
  expect(await send({ query: '{ __schema { queryType { name } } }' }, { authorization: '' })).toMatchObject({
    body: { errors: [{}] },
  })
})

test('a request that pages of other origins can send without a preflight is refused', async () => {
  const answer = await send({ query: '{ products { edges { node { name } } } }' }, { 'content-type': 'text/plain' })
  expect(answer.status).toBe(403)
})

const SET = `mutation Set($input: SetCartLineInput!) { setCartLine(input: $input) { __typename
  ... on Cart { lines { quantity } } ... on Error { message } } }`

/** Inputs of mutations. A document with a second operation is answered by yoga. */
const inputs: Record<string, () => { variables?: unknown; operationName?: string }> = {
  'a mutation': () => ({ variables: { input: line } }),
  'a typed error': () => ({ variables: { input: { ...line, customerId: '00000000-0000-0000-0000-000000000000' } } }),
  'an invalid input': () => ({ variables: { input: { ...line, quantity: -1 } } }),
  'a variable of the wrong type': () => ({ variables: { input: { ...line, quantity: 'many' } } }),
  'a missing variable': () => ({}),
  'a name that is not in the document': () => ({ variables: { input: line }, operationName: 'Other' }),
}
test.each(Object.entries(inputs))('the fast path answers %s of a mutation as yoga does', async (_name, input) => {
  const byYoga = await send({ query: `${SET} query Second { __typename }`, operationName: 'Set', ...input() })
  for (let again = 0; again < 5; again++) expect(await send({ query: SET, ...input() })).toEqual(byYoga)
})

test('a mutation with several fields runs one after another and once each, and stops at the first that fails', async () => {
  const set = (alias: string, quantity: number | string) =>
    `${alias}: setCartLine(input: { customerId: "${line.customerId}", variantId: "${line.variantId}", quantity: ${quantity} }) { ... on Cart { lines { quantity } } }`
  const query = `mutation { ${set('a', 3)} ${set('b', 4)} ${set('c', 5)} }`
  for (let again = 0; again < 5; again++)
    expect((await send({ query })).body).toMatchObject({
      data: {
        a: { lines: [{ quantity: 3 }] },
        b: { lines: [{ quantity: 4 }] },
        c: { lines: [{ quantity: 5 }] },
      },
    })
  const failing = `mutation { ${set('a', 6)} revokeRestore: decideRestore(input: {}) { __typename } }`
  expect((await send({ query: failing })).status).toBe(400)
})

test('a mutation is executed once, also when it fails, and never when its caller has used up its points', async () => {
  const { app, shop } = storeline
  let executed = 0
  const schema = buildSchema('type Query { a: Int } type Mutation { count: Int! }')
  const resolve = () => Promise.reject(new Error(`it broke ${++executed}`))
  Object.assign(schema.getMutationType()?.getFields().count ?? {}, { resolve })
  const answer = createFastPath({
    yoga: createGraphqlServer(app, schema),
    schema,
    mask: createErrorMask(app.logger, () => null),
  })
  const context = (meter?: Meter) => createRequestContext({ app, actor: shop.owner, requestId: '1', ip: '::1', meter })
  for (let time = 1; time <= 6; time++) {
    expect(await answer({ query: 'mutation { count }' }, context())).toMatchObject({ status: 500 })
    expect(executed).toBe(time)
  }
  const empty: Meter = { charge: () => Promise.reject(new AppError('RATE_LIMITED', 'Wait.')), settle: () => null }
  expect(await answer({ query: 'mutation { count }' }, context(empty))).toBeNull()
  expect(executed).toBe(6)
})

test('yoga answers batches, requests for other media types, and mutations of pages of other origins', async () => {
  expect((await send({ query: SET, variables: { input: line } }, { 'content-type': 'text/plain' })).status).toBe(403)
  expect((await send([{ query: '{ __typename }' }])).body).not.toMatchObject({ data: {} })
  expect((await send({ query: '{ __typename }' }, { accept: 'application/graphql-response+json' })).type).toContain(
    'application/graphql-response+json',
  )
})
