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

/** The answer but for places in the document, which compiled documents do not tell of. */
async function ask(asked: object, headers: Record<string, string> = {}, init?: { get: true }): Promise<Answer> {
  const all = { 'content-type': 'application/json', ...storeline.shop.key, ...headers }
  const response = init
    ? await fetch(`${storeline.url}/graphql?${asParameters(asked)}`, {
        headers: { ...all, accept: 'application/json', 'x-graphql-yoga-csrf': '1' },
      })
    : await fetch(`${storeline.url}/graphql`, {
        method: 'POST',
        headers: { accept: 'application/json', ...all },
        body: JSON.stringify(asked),
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

function asParameters(asked: object): URLSearchParams {
  return new URLSearchParams(
    Object.entries(asked).map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]),
  )
}

const PRODUCTS =
  'query Products($first: Int) { products(first: $first) { edges { node { name variants { price { formatted } } } } } }'

/** Requests that take the fast path by POST only; yoga answers a GET of the same. */
const asked: Record<string, object> = {
  'a query': { query: '{ products { edges { node { id name variants { sku price { amount } } } } } }' },
  'a query with variables and a name': { query: PRODUCTS, variables: { first: 1 }, operationName: 'Products' },
  'a query with a name that is not in the document': { query: PRODUCTS, operationName: 'Orders' },
  'variables that do not fit': { query: PRODUCTS, variables: { first: 'many' } },
  'a refusal in a resolver': { query: PRODUCTS, variables: { first: 1_000 } },
  'a refusal beside data': {
    query: '{ orderByNumber(number: 1) { id } order(id: "x") { id } eventLog(first: 1000) { totalCount } }',
  },
  'a document that is too deep or costs too much': {
    query:
      '{ products(first: 100) { edges { node { variants { sku } } } } conversations(first: 100) { edges { node { messages(first: 100) { edges { node { id } } } } } } }',
  },
  'a document with a mistake': { query: '{ products { nothing } }' },
  'a document that cannot be parsed': { query: '{ products' },
  'the schema': { query: '{ __schema { queryType { name } } }' },
}

test.each(Object.entries(asked))('%s is answered in the fast path as by yoga', async (_name, question) => {
  const first = await ask(question)
  const byYoga = await ask(question, {}, { get: true })
  expect(first).toEqual(byYoga)
  // Compiled and remembered by now.
  for (let again = 0; again < 4; again++) expect(await ask(question)).toEqual(byYoga)
  expect(byYoga.requestId).toBe(true)
})

test('anonymous callers and callers without permission are refused as by yoga', async () => {
  const query = '{ products { edges { node { name } } } }'
  expect((await ask({ query })).body).toMatchObject({ data: { products: {} } })
  const { authorization } = storeline.shop.key
  for (const headers of [{ authorization: '' }, { authorization: `${authorization}x` }]) {
    const { body, status } = await ask({ query }, headers)
    expect(status).toBe(401)
    expect(body).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] })
  }
  expect(await ask({ query: '{ __schema { queryType { name } } }' }, { authorization: '' })).toMatchObject({
    body: { errors: [{}] },
  })
})

test('a request that pages of other origins can send without a preflight is refused', async () => {
  const answer = await ask({ query: '{ products { edges { node { name } } } }' }, { 'content-type': 'text/plain' })
  expect(answer.status).toBe(403)
})

test('mutations, batches and other types of answers are left to yoga', async () => {
  expect((await ask({ query: 'mutation { signOut { __typename } }' })).type).toContain('application/json')
  expect((await ask([{ query: '{ __typename }' }])).body).not.toMatchObject({ data: {} })
  expect((await ask({ query: '{ __typename }' }, { accept: 'application/graphql-response+json' })).type).toContain(
    'application/graphql-response+json',
  )
})
