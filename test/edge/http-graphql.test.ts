import { getIntrospectionQuery } from 'graphql'
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestStoreline, type TestStoreline } from '../harness/storeline.ts'
import { LIMIT_DOCUMENTS } from './documents.ts'

let storeline: TestStoreline
let key: { authorization: string }

beforeAll(async () => {
  storeline = await startTestStoreline({ roles: ['api'] })
  key = storeline.shop.key
})
afterAll(() => storeline[Symbol.asyncDispose]())

const JSON_BODY = { 'content-type': 'application/json' }
const CSRF = { 'x-graphql-yoga-csrf': '1' }
const post = (body: string, headers: Record<string, string> = JSON_BODY) =>
  fetch(`${storeline.url}/graphql`, { method: 'POST', headers, body })
const get = (query: string, headers: Record<string, string> = {}) =>
  fetch(`${storeline.url}/graphql?${new URLSearchParams({ query }).toString()}`, {
    headers: { accept: 'application/json', ...headers },
  })
type Body = { data?: Record<string, unknown>; errors?: { message: string; extensions?: Record<string, unknown> }[] }
const bodyOf = async (response: Response): Promise<Body> => (await response.json()) as Body

describe('requests that a page of another origin could send', () => {
  test('are refused as forms and as plain text', async () => {
    const form = await post(new URLSearchParams({ query: '{ __typename }' }).toString(), {
      'content-type': 'application/x-www-form-urlencoded',
    })
    expect(form.status).toBe(415)
    const text = await post('{"query":"{ __typename }"}', { 'content-type': 'text/plain' })
    expect(text.status).toBeGreaterThanOrEqual(400)
    expect(text.status).toBeLessThan(500)
    expect(await text.text()).not.toContain('"data"')
  })

  test('are refused as GET without the CSRF header, which needs a preflight', async () => {
    const bare = await get('{ __typename }')
    expect(bare.status).toBe(403)
    expect((await bodyOf(bare)).errors?.[0]?.message).toContain('CSRF')
    const asked = await get('{ __typename }', CSRF)
    expect(await bodyOf(asked)).toEqual({ data: { __typename: 'Query' } })
  })

  test('cannot change anything by GET', async () => {
    const response = await get('mutation { signOut }', CSRF)
    expect(response.status).toBe(405)
    expect(response.headers.get('allow')).toBe('POST')
  })

  test('get no CORS headers, neither for a preflight nor for a POST', async () => {
    const origin = {
      origin: 'https://evil.example',
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'content-type',
    }
    for (const response of [
      await fetch(`${storeline.url}/graphql`, { method: 'OPTIONS', headers: origin }),
      await post('{"query":"{ __typename }"}', { ...JSON_BODY, ...origin }),
    ]) {
      const names = [...response.headers.keys()].filter((name) => name.startsWith('access-control'))
      expect(names).toEqual([])
    }
  })
})

describe('invalid bodies', () => {
  test.each([
    ['bad JSON', '{"query":', JSON_BODY, 400],
    ['nothing', '', JSON_BODY, 400],
    ['null', 'null', JSON_BODY, 400],
    ['a number', '7', JSON_BODY, 400],
    ['no query', '{}', JSON_BODY, 400],
    ['a query that is not a string', '{"query":{"a":1}}', JSON_BODY, 400],
    ['variables that are not an object', '{"query":"{ __typename }","variables":[1]}', JSON_BODY, 400],
    ['an unknown parameter', '{"query":"{ __typename }","surprise":1}', JSON_BODY, 400],
    ['a batch', '[{"query":"{ __typename }"},{"query":"{ __typename }"}]', JSON_BODY, 400],
    ['an empty batch', '[]', JSON_BODY, 400],
    [
      'an anonymous multipart request, whose files are not read',
      '--x\r\nContent-Disposition: form-data; name="operations"\r\n\r\n{"operations": null}\r\n--x--\r\n',
      { 'content-type': 'multipart/form-data; boundary=x', ...CSRF },
      401,
    ],
    ['the key __proto__', '{"query":"{ __typename }","__proto__":{"admin":true}}', JSON_BODY, 400],
    ['XML', '<query/>', { 'content-type': 'application/xml' }, 415],
  ])('%s is refused with a JSON error', async (_name, body, headers, status) => {
    const response = await post(body, headers)
    expect(response.status).toBe(status)
    expect(response.headers.get('content-type')).toContain('json')
    expect(await response.text()).not.toMatch(/"data"|at .*\.ts|node_modules/)
  })

  test('a body of more than a megabyte is refused', async () => {
    const response = await post(
      JSON.stringify({ query: '{ __typename }', variables: { pad: 'x'.repeat(1024 * 1024) } }),
    )
    expect(response.status).toBe(413)
  })

  test('a syntax error has its line and column', async () => {
    const response = await post('{"query":"{ orders( }"}', {
      ...JSON_BODY,
      accept: 'application/graphql-response+json',
    })
    expect(response.status).toBe(400)
    expect((await bodyOf(response)).errors?.[0]).toMatchObject({
      message: expect.stringMatching(/^Syntax error in the query: .+ \(line \d+, column \d+\)\.$/),
      locations: [{ line: 1 }],
    })
  })
})

describe('limits', () => {
  test.each(Object.entries(LIMIT_DOCUMENTS))(
    'a document beyond the limit of %s is refused, and a document within it is not',
    async (measure, { allowed, refused }) => {
      const client = storeline.graphql({ ...key, accept: 'application/graphql-response+json' })
      expect((await client.send(allowed)).errors).toBeUndefined()
      const { status, errors, data } = await client.send(refused)
      expect(status).toBe(400)
      expect(data ?? null).toBeNull()
      expect(errors?.[0]?.extensions?.code).toBe('QUERY_TOO_COMPLEX')
      expect(errors?.[0]?.message.toLowerCase()).toMatch(
        measure === 'depth' ? /levels deep/ : measure === 'cost' ? /costs \d+/ : measure.slice(0, 5),
      )
    },
  )

  test('a page has at most 100 items, from either end and by variable', async () => {
    const client = storeline.graphql(key)
    for (const args of ['first: 101', 'last: 101', 'first: -1', 'first: 1, last: 1']) {
      expect(
        (await client.send(`{ customers(${args}) { edges { cursor } } }`)).errors?.[0]?.extensions?.code,
        args,
      ).toBe('BAD_INPUT')
    }
    expect(
      (await client.send('query ($n: Int) { customers(first: $n) { edges { cursor } } }', { n: 100 })).errors,
    ).toBeUndefined()
  })

  test('the cost includes a page size that is a variable', async () => {
    const client = storeline.graphql(key)
    const document =
      'query ($n: Int) { orders(first: $n) { edges { node { lines { id sku productName total { formatted } unitPrice { formatted } } timeline { __typename } } } } }'
    expect((await client.send(document, { n: 5 })).errors).toBeUndefined()
    expect((await client.send(document, { n: 100 })).errors?.[0]?.extensions?.code).toBe('QUERY_TOO_COMPLEX')
  })
})

test('the limits apply to the operation that runs, not to the first of the document', async () => {
  const cheap = 'query Cheap { viewer { id } }'
  const costly = `query Dear ${LIMIT_DOCUMENTS.cost?.refused}`
  const body = (operationName: string) => JSON.stringify({ query: `${cheap} ${costly}`, operationName })
  const refused = await post(body('Dear'), { ...JSON_BODY, ...key })
  expect(await refused.json()).toMatchObject({ errors: [{ extensions: { code: 'QUERY_TOO_COMPLEX' } }] })
  const allowed = await post(body('Cheap'), { ...JSON_BODY, ...key })
  expect(await allowed.json()).not.toHaveProperty('errors')
})

describe('the schema', () => {
  const FULL = getIntrospectionQuery()

  test('is shown to keys and staff', async () => {
    const { data, errors } = await storeline.graphql(key).send(FULL)
    expect(errors).toBeUndefined()
    expect((data?.__schema as { types: unknown[] }).types.length).toBeGreaterThan(50)
  })

  test('is shown to a key after an anonymous caller was refused the same document', async () => {
    const document = 'query AskedByNobodyFirst { __schema { queryType { name } } }'
    for (let time = 0; time < 2; time++) expect((await storeline.graphql().send(document)).status).toBe(401)
    expect((await storeline.graphql(key).send(document)).data).toEqual({ __schema: { queryType: { name: 'Query' } } })
  })

  test('is not shown to anonymous callers, even after a key has sent the same document', async () => {
    for (const document of [
      FULL,
      '{ __type(name: "Order") { name } }',
      'fragment S on Query { __schema { types { name } } } { ...S }',
    ]) {
      await storeline.graphql(key).send(document)
      const { status, errors, data } = await storeline.graphql().send(document)
      expect(status).toBe(401)
      expect(errors?.[0]?.extensions?.code).toBe('UNAUTHENTICATED')
      expect(data ?? null).toBeNull()
      expect((await storeline.graphql(key).send(document)).errors).toBeUndefined()
    }
    expect((await storeline.graphql().send('{ __typename }')).data).toEqual({ __typename: 'Query' })
  })

  test('is not revealed to anonymous callers by suggestions, which keys get', async () => {
    const wrong: [string, object?][] = [
      ['{ orderz { totalCount } }'],
      ['{ orders(fist: 1) { totalCount } }'],
      ['{ orders(filter: { statuz: [PENDING] }) { totalCount } }'],
      ['{ orders(filter: { status: [PENDIN] }) { totalCount } }'],
      ['query ($f: OrderFilter) { orders(filter: $f) { totalCount } }', { f: { statuz: [] } }],
      ['query ($f: OrderFilter) { orders(filter: $f) { totalCount } }', { f: { status: ['PENDIN'] } }],
    ]
    for (const [document, variables = {}] of wrong) {
      const asKey = await storeline.graphql(key).send(document, variables as Record<string, unknown>)
      expect(asKey.errors?.[0]?.message, document).toContain('Did you mean')
      const anonymous = await storeline.graphql().send(document, variables as Record<string, unknown>)
      expect(anonymous.errors?.length).toBeGreaterThan(0)
      expect(JSON.stringify(anonymous.errors), document).not.toMatch(/did you mean/i)
      expect(anonymous.status).toBe(asKey.status)
    }
  })
})

describe('texts that cannot be stored', () => {
  test.each([
    ['NUL', '\u0000'],
    ['half a surrogate pair', '\ud800'],
  ])('%s is refused with BAD_INPUT, not with a server error', async (_name, text) => {
    const client = storeline.graphql(key)
    const search = await client.send(
      'query ($s: String) { customers(filter: { search: $s }) { totalCount edges { cursor } } }',
      { s: `a${text}b` },
    )
    for (const error of search.errors ?? []) expect(error.extensions?.code).toBe('BAD_INPUT')
    const { errors, status } = await client.send(
      'mutation ($input: CreateProductInput!) { createProduct(input: $input) { __typename } }',
      { input: { name: `Tea${text}`, variants: [{ sku: randomBytes(4).toString('hex'), price: 1, onHand: 1 }] } },
    )
    for (const error of errors ?? []) expect(error.extensions?.code).toBe('BAD_INPUT')
    expect(status).toBeLessThan(500)
  })
})
