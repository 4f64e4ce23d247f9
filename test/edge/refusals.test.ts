import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PROTOCOL_CODES } from '../../server/errors.ts'
import { signIn } from '../../server/features/staff/service.ts'
import { startTestStoreline, type TestStoreline } from '../harness/storeline.ts'
import { LIMIT_DOCUMENTS } from './documents.ts'
import { rawSocket } from './raw-socket.ts'

type Operation = { query: string; variables?: object; operationName?: string }
type SentError = { message: string; path?: unknown; locations?: unknown; extensions?: Record<string, unknown> }
type Errors = { status?: number; code: unknown; message: string; path: unknown; locations: unknown; issues: unknown }[]
type Transport = (operation: Operation, headers: Record<string, string>) => Promise<Errors>

let storeline: TestStoreline
let callers: Record<string, Record<string, string>>

beforeAll(async () => {
  storeline = await startTestStoreline({ roles: ['api'] })
  const { token } = await signIn(storeline.app, storeline.shop)
  callers = {
    'an anonymous caller': {},
    'a key': { ...storeline.shop.key },
    'a session': { cookie: `storeline_session=${token}` },
  }
})
afterAll(() => storeline[Symbol.asyncDispose]())

const CSRF = { 'x-graphql-yoga-csrf': '1' }
const JSON_BODY = { 'content-type': 'application/json' }

/** Parses the answer from JSON, an event stream or multipart/mixed. */
function parseAnswer(text: string): { errors?: SentError[] } {
  const line = text.split('\n').find((one) => /^(data: )?\{/.test(one)) ?? '{}'
  return JSON.parse(line.replace(/^data: /, '')) as object
}

function errorsOf(errors: readonly SentError[] = [], status?: number): Errors {
  return errors.map(({ message, path, locations, extensions }) => {
    const { code, issues, ...rest } = extensions ?? {}
    expect(rest, message).not.toHaveProperty('http')
    return { ...(status && { status }), code, message, path, locations, issues }
  })
}

async function readErrors(response: Response): Promise<Errors> {
  const text = await response.text()
  expect(text, `a body comes with status ${response.status}`).not.toBe('')
  return errorsOf(parseAnswer(text).errors, response.status)
}

const post = async (body: string, headers: Record<string, string>) =>
  readErrors(await fetch(`${storeline.url}/graphql`, { method: 'POST', headers, body }))

const HTTP: Record<string, Transport> = {
  ...Object.fromEntries(
    [
      null,
      '*/*',
      'application/json',
      'application/graphql-response+json',
      'text/event-stream',
      'multipart/mixed',
      'application/graphql-response+json, application/json;q=0.9',
      'application/json;q=0.1, application/graphql-response+json;q=0.5, text/event-stream;q=0',
      'text/html;q=0.5, application/*;q=0.2',
    ].map((accept): [string, Transport] => [
      `POST that accepts ${accept}`,
      (operation, headers) => post(JSON.stringify(operation), { ...JSON_BODY, ...headers, ...(accept && { accept }) }),
    ]),
  ),
  GET: async ({ query, variables, operationName }, headers) => {
    const parameters = new URLSearchParams({
      query,
      ...(variables && { variables: JSON.stringify(variables) }),
      ...(operationName && { operationName }),
    })
    return readErrors(
      await fetch(`${storeline.url}/graphql?${parameters.toString()}`, { headers: { ...CSRF, ...headers } }),
    )
  },
  multipart: async ({ variables, ...operation }, headers) => {
    const form = new FormData()
    form.set('operations', JSON.stringify({ ...operation, variables: { ...variables, file: null } }))
    form.set('map', '{"0":["variables.file"]}')
    form.set('0', new Blob(['x']), 'x.png')
    return readErrors(
      await fetch(`${storeline.url}/graphql`, { method: 'POST', headers: { ...CSRF, ...headers }, body: form }),
    )
  },
}

const overSocket: Transport = async (operation, headers) => {
  await using socket = await rawSocket(storeline.url, { init: headers, headers })
  const { query, ...options } = operation
  const messages = await socket.operate(query, options)
  const last = messages.find(({ payload }) => payload)?.payload as { errors?: SentError[] } | SentError[] | undefined
  return errorsOf(Array.isArray(last) ? last : last?.errors)
}

const NUMBER = 'query ($first: Int) { orders(first: $first) { totalCount } }'
const PLACE = 'mutation ($input: PlaceOrderInput!) { placeOrder(input: $input) { __typename } }'

/** Invalid operations, each with the code of its refusal. */
const INVALID: Record<string, [code: string, operation: Operation]> = {
  ...Object.fromEntries(
    Object.entries(LIMIT_DOCUMENTS).map(([measure, { refused }]): [string, [string, Operation]] => [
      `too many ${measure}`,
      ['QUERY_TOO_COMPLEX', { query: refused }],
    ]),
  ),
  'fragments that double': [
    'QUERY_TOO_COMPLEX',
    {
      query: `{ ...F0 } ${Array.from({ length: 30 }, (_, i) => `fragment F${i} on Query { ...F${i + 1} ...F${i + 1} }`).join(' ')} fragment F30 on Query { __typename }`,
    },
  ],
  'a field selected too often': ['QUERY_TOO_COMPLEX', { query: `{ ${'viewer { id } '.repeat(200)} }` }],
  'a leaf selected too often': ['QUERY_TOO_COMPLEX', { query: `{ viewer { ${'id '.repeat(1_900)} } }` }],
  'a syntax error': ['GRAPHQL_PARSE_FAILED', { query: '{\n  orders(' }],
  'an empty document': ['GRAPHQL_PARSE_FAILED', { query: ' ' }],
  'an unknown field': ['GRAPHQL_VALIDATION_FAILED', { query: '{\n  orders { xyzzy } }' }],
  'cyclic fragments': ['GRAPHQL_VALIDATION_FAILED', { query: '{ ...F } fragment F on Query { ...F }' }],
  'two fragments of the same name': [
    'GRAPHQL_VALIDATION_FAILED',
    { query: '{ ...F } fragment F on Query { __typename } fragment F on Query { ...F }' },
  ],
  'an unknown operation name': [
    'OPERATION_RESOLUTION_FAILURE',
    { query: 'query A { __typename }', operationName: 'B' },
  ],
  'several operations without an operation name': [
    'OPERATION_RESOLUTION_FAILURE',
    { query: 'query A { __typename } query B { __typename }' },
  ],
  'a variable of a wrong type': ['BAD_INPUT', { query: NUMBER, variables: { first: 'many' } }],
  'a variable that is missing': ['BAD_INPUT', { query: 'query ($id: ID!) { order(id: $id) { id } }' }],
  'an invalid field in a variable': [
    'BAD_INPUT',
    {
      query: 'query ($filter: OrderFilter) { orders(filter: $filter) { totalCount } }',
      variables: { filter: { placedAfter: 'yesterday' } },
    },
  ],
  'half an emoji in a variable': ['BAD_INPUT', { query: PLACE, variables: { input: { note: 'tea \ud83c' } } }],
  'NUL in a list of a variable': [
    'BAD_INPUT',
    { query: PLACE, variables: { input: { fulfilment: 'PICKUP', lines: [{ note: 'a' }, { note: '\0' }] } } },
  ],
  'half an emoji in a literal': [
    'BAD_INPUT',
    { query: '{\n  customers(filter: { search: "tea \ud83c" }) { totalCount } }' },
  ],
  'half an emoji, escaped in a literal': [
    'BAD_INPUT',
    { query: '{\n  customers(filter: { search: "tea \\ud83c" }) { totalCount } }' },
  ],
  'NUL in a literal': ['BAD_INPUT', { query: '{\n  customers(filter: { search: "\\u0000" }) { totalCount } }' }],
}

/** Operations that resolvers refuse: the errors depend on the caller, and stand beside data. */
const REFUSED_BY_RESOLVERS: Record<string, Operation> = {
  'a page that is too large': { query: 'query ($n: Int) { orders(first: $n) { totalCount } }', variables: { n: 101 } },
  'an error beside data': {
    query: '{ __typename\n  order(id: "x") { id }\n  again: order(id: "y") { number } }',
  },
  'two errors': { query: '{ a: orders(first: 1000) { totalCount }\n b: orders(last: 1000) { totalCount } }' },
}

/** Sends an operation over each transport until it is cached and compiled, and expects equal errors each time. */
async function compareAll(operation: Operation, caller: string): Promise<Errors> {
  const headers = callers[caller] as Record<string, string>
  let first: Errors | undefined
  for (const [name, transport] of Object.entries({ ...HTTP, socket: overSocket })) {
    // An anonymous request with a file is refused before its document is read.
    if (name === 'multipart' && caller === 'an anonymous caller') continue
    // Node refuses URLs of 16 KB, and half a surrogate pair has no UTF-8.
    if (name === 'GET' && (/^mutation|\ud83c/.test(operation.query) || operation.query.length > 15_000)) continue
    for (let time = 1; time <= (name === 'socket' ? 2 : 4); time++) {
      const answer = await transport(operation, headers)
      first ??= answer
      const expected = name === 'socket' ? first.map(({ status: _status, ...rest }) => rest) : first
      expect(answer, `${name}, time ${time}`).toEqual(expected)
    }
  }
  return first as Errors
}

describe.each(['an anonymous caller', 'a key', 'a session'])(
  'the errors are equal over every transport, the first time and later, for %s',
  (caller) => {
    test.each(Object.entries(INVALID))('%s', async (_name, [code, operation]) => {
      const [error] = await compareAll(operation, caller)
      expect(error?.code).toBe(code)
      expect(error?.status).toBe(400)
    })

    test.each(Object.entries(REFUSED_BY_RESOLVERS))('%s', async (_name, operation) => {
      const errors = await compareAll(operation, caller)
      for (const { path, locations, code } of errors) {
        expect(code).toBe(caller === 'an anonymous caller' ? 'UNAUTHENTICATED' : 'BAD_INPUT')
        expect(path).toBeInstanceOf(Array)
        expect(locations).toBeInstanceOf(Array)
      }
    })
  },
)

test('errors have the place of the mistake: variable, path, line and column', async () => {
  const ask = (name: string) =>
    (HTTP['POST that accepts */*'] as Transport)((INVALID[name] as [string, Operation])[1], callers['a key'] ?? {})
  expect((await ask('a variable of a wrong type'))[0]?.message).toMatch(/\$first.*"many"/)
  expect((await ask('an invalid field in a variable'))[0]?.message).toMatch(/\$filter.*filter\.placedAfter/)
  expect((await ask('a syntax error'))[0]?.locations).toEqual([{ line: 2, column: 10 }])
  expect((await ask('half an emoji in a variable'))[0]?.issues).toEqual([
    { path: 'input.note', message: expect.stringContaining('half an emoji') },
  ])
  expect((await ask('NUL in a list of a variable'))[0]?.issues).toMatchObject([{ path: 'input.lines.1.note' }])
  for (const name of ['half an emoji in a literal', 'half an emoji, escaped in a literal', 'NUL in a literal'])
    expect((await ask(name))[0], name).toMatchObject({
      issues: [{ path: 'filter.search' }],
      locations: [{ line: 2, column: 31 }],
    })
})

describe('a malformed request gets a GraphQL body with a code of the catalogue', () => {
  const CASES: Record<
    string,
    [code: keyof typeof PROTOCOL_CODES, send: (accept: Record<string, string>) => Promise<Response>]
  > = {
    'bad JSON': ['BAD_REQUEST', (accept) => send('{"query":', { ...JSON_BODY, ...accept })],
    'no body': ['BAD_REQUEST', (accept) => send('', { ...JSON_BODY, ...accept })],
    'a list': ['BAD_REQUEST', (accept) => send('[{"query":"{ __typename }"}]', { ...JSON_BODY, ...accept })],
    'no query': ['BAD_REQUEST', (accept) => send('{"variables":{}}', { ...JSON_BODY, ...accept })],
    'a query that is not a string': ['BAD_REQUEST', (accept) => send('{"query":7}', { ...JSON_BODY, ...accept })],
    'an operation name that is not a string': [
      'BAD_REQUEST',
      (accept) => send('{"query":"{ __typename }","operationName":7}', { ...JSON_BODY, ...accept }),
    ],
    'the key __proto__': ['BAD_REQUEST', (accept) => send('{"query":"x","__proto__":{}}', { ...JSON_BODY, ...accept })],
    'bytes that are not UTF-8': [
      'BAD_REQUEST',
      (accept) =>
        send(Buffer.from('{"query":"{ order(id: \\"\xed\xa0\xbd\\") { id } }"}', 'latin1'), {
          ...JSON_BODY,
          ...accept,
        }),
    ],
    'variables of a GET that are not JSON': [
      'BAD_REQUEST',
      (accept) => fetch(`${storeline.url}/graphql?query={__typename}&variables={`, { headers: { ...CSRF, ...accept } }),
    ],
    'a GET that is not UTF-8': [
      'BAD_REQUEST',
      (accept) => fetch(`${storeline.url}/graphql?query=%ED%A0%BD`, { headers: { ...CSRF, ...accept } }),
    ],
    'a GET without a query': [
      'BAD_REQUEST',
      (accept) => fetch(`${storeline.url}/graphql`, { headers: { ...CSRF, ...accept } }),
    ],
    'a GET without the header': [
      'CSRF_HEADER_MISSING',
      (accept) => fetch(`${storeline.url}/graphql?query={__typename}`, { headers: accept }),
    ],
    'plain text without the header': [
      'CSRF_HEADER_MISSING',
      (accept) => send('{ __typename }', { 'content-type': 'text/plain', ...accept }),
    ],
    'a file without the header': [
      'CSRF_HEADER_MISSING',
      (accept) =>
        send('--x--', { 'content-type': 'multipart/form-data; boundary=x', ...storeline.shop.key, ...accept }),
    ],
    'a multipart body without its boundary': [
      'BAD_REQUEST',
      (accept) =>
        send('--y--', { 'content-type': 'multipart/form-data; boundary=x', ...CSRF, ...storeline.shop.key, ...accept }),
    ],
    'a mutation by GET': [
      'METHOD_NOT_ALLOWED',
      (accept) => fetch(`${storeline.url}/graphql?query=mutation{signOut}`, { headers: { ...CSRF, ...accept } }),
    ],
    PUT: [
      'METHOD_NOT_ALLOWED',
      (accept) =>
        fetch(`${storeline.url}/graphql`, {
          method: 'PUT',
          headers: { ...JSON_BODY, ...accept },
          body: '{"query":"{ __typename }"}',
        }),
    ],
    DELETE: [
      'METHOD_NOT_ALLOWED',
      (accept) => fetch(`${storeline.url}/graphql`, { method: 'DELETE', headers: accept }),
    ],
    'a body of more than 1 MB': [
      'PAYLOAD_TOO_LARGE',
      (accept) =>
        send(JSON.stringify({ query: 'x', variables: { pad: 'x'.repeat(1024 * 1024) } }), { ...JSON_BODY, ...accept }),
    ],
    XML: ['UNSUPPORTED_MEDIA_TYPE', (accept) => send('<query/>', { 'content-type': 'application/xml', ...accept })],
    'a form': [
      'UNSUPPORTED_MEDIA_TYPE',
      (accept) => send('query=x', { 'content-type': 'application/x-www-form-urlencoded', ...accept }),
    ],
  }
  const send = (body: string | Buffer, headers: Record<string, string>) =>
    fetch(`${storeline.url}/graphql`, { method: 'POST', headers, body: body as string })
  const ACCEPTS = [undefined, '*/*', 'application/json', 'application/graphql-response+json', 'text/event-stream']

  test.each(Object.entries(CASES))('%s', async (_name, [code, ask]) => {
    let first: Errors | undefined
    for (const accept of ACCEPTS) {
      const response = await ask(accept ? { accept } : {})
      expect(response.headers.get('x-request-id'), String(accept)).toBeTruthy()
      if (code === 'METHOD_NOT_ALLOWED') expect(response.headers.get('allow')).toContain('POST')
      const answer = await readErrors(response)
      first ??= answer
      expect(answer, String(accept)).toEqual(first)
      expect(answer[0]).toMatchObject({ code, status: PROTOCOL_CODES[code].status })
      expect(answer[0]?.message).not.toMatch(/node_modules|\.ts:/)
    }
  })

  test('media types that the server does not send, and subscriptions as JSON', async () => {
    const headers = { ...JSON_BODY, ...storeline.shop.key }
    expect(await post('{"query":"{ __typename }"}', { ...headers, accept: 'image/png' })).toMatchObject([
      { code: 'NOT_ACCEPTABLE', status: 406 },
    ])
    for (const accept of ['application/json;charset=utf-16, application/json', 'text/*, application/json;q=0, */*'])
      expect(await post('{"query":"{ nowhere }"}', { ...headers, accept })).toMatchObject([
        { code: 'GRAPHQL_VALIDATION_FAILED' },
      ])
    // The most specific range counts (RFC 9110 section 12.5.1).
    expect(
      await post('{"query":"{ __typename }"}', {
        ...headers,
        accept: 'application/*;q=0, multipart/*;q=0, text/event-stream;q=0, */*',
      }),
    ).toMatchObject([{ code: 'NOT_ACCEPTABLE', status: 406 }])
    for (const accept of ['application/json', 'application/json, text/event-stream;q=0', '*/*, text/event-stream;q=0'])
      expect(await post('{"query":"subscription { events { cursor } }"}', { ...headers, accept })).toMatchObject([
        { code: 'NOT_ACCEPTABLE', status: 406 },
      ])
  })
})

test('fields with aliases that Object.prototype has are answered like others, the first time and later', async () => {
  const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf']
  const query = `{ viewer { ${names.map((name) => `${name}: kind`).join(' ')} } ${names.map((name) => `${name}: viewer { ${name}: id }`).join(' ')} }`
  let first: string | undefined
  for (let time = 1; time <= 5; time++) {
    const response = await fetch(`${storeline.url}/graphql`, {
      method: 'POST',
      headers: { ...JSON_BODY, ...storeline.shop.key },
      body: JSON.stringify({ query }),
    })
    const text = await response.text()
    first ??= text
    expect(text, `time ${time}`).toBe(first)
    for (const name of names) expect(text, name).toContain(`"${name}":"API_KEY"`)
    for (const name of names) expect(text, name).toContain(`"${name}":{"${name}":`)
  }
})
