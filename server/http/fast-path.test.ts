import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestProduct } from '../../test/harness/shop.ts'
import { startTestStoreline, type TestStoreline } from '../../test/harness/storeline.ts'

let storeline: TestStoreline
beforeAll(async () => {
  storeline = await startTestStoreline({ roles: ['api'] })
  await createTestProduct(storeline.app, storeline.shop.owner, { name: 'Tea' })
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

test('yoga answers mutations, batches and requests for other media types', async () => {
  expect((await send({ query: 'mutation { signOut { __typename } }' })).type).toContain('application/json')
  expect((await send([{ query: '{ __typename }' }])).body).not.toMatchObject({ data: {} })
  expect((await send({ query: '{ __typename }' }, { accept: 'application/graphql-response+json' })).type).toContain(
    'application/graphql-response+json',
  )
})
