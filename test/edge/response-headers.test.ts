import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestStoreline, type TestStoreline } from '../harness/storeline.ts'

let storeline: TestStoreline
beforeAll(async () => {
  storeline = await startTestStoreline({
    roles: ['api'],
    env: { PUBLIC_URL: 'https://shop.example', RATE_LIMIT_POINTS: '10000' },
  })
})
afterAll(() => storeline[Symbol.asyncDispose]())

const ask = (path: string, init: RequestInit = {}) => fetch(`${storeline.url}${path}`, init)
const graphql = (query: string, headers: Record<string, string> = storeline.shop.key) =>
  ask('/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json', ...headers },
    body: JSON.stringify({ query }),
  })

test('every response has the security headers and the id of its request, whichever way answers it', async () => {
  const fast = async () => graphql('{ viewer { kind } }')
  for (let use = 0; use < 3; use++) await (await fast()).text()
  const responses = {
    'the fast path': await fast(),
    yoga: await graphql('{ __typename }', {}),
    'a stream': await graphql('subscription { events { cursor } }', {
      ...storeline.shop.key,
      accept: 'text/event-stream',
    }),
    'a refusal': await ask('/graphql', { method: 'PUT' }),
    'a page': await ask('/'),
    health: await ask('/healthz'),
    nothing: await ask('/nothing/here'),
  }
  for (const [way, { headers, body }] of Object.entries(responses)) {
    await body?.cancel()
    expect(Object.fromEntries(headers), way).toMatchObject({
      'x-request-id': expect.stringMatching(/^[0-9a-f-]{36}$/),
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'origin-agent-cluster': '?1',
      'referrer-policy': 'no-referrer',
      'strict-transport-security': 'max-age=31536000; includeSubDomains',
      'x-content-type-options': 'nosniff',
      'x-dns-prefetch-control': 'off',
      'x-download-options': 'noopen',
      'x-frame-options': 'SAMEORIGIN',
      'x-permitted-cross-domain-policies': 'none',
      'x-xss-protection': '0',
    })
    expect(headers.has('x-powered-by')).toBe(false)
  }
})

test('the fast path answers with the length of the body, the requested media type and the id that the client chose', async () => {
  const headers = {
    ...storeline.shop.key,
    accept: 'application/graphql-response+json',
    'x-request-id': 'chosen-by-the-client',
  }
  for (let use = 0; use < 4; use++) {
    const response = await graphql('{ merchant { name } viewer { kind } }', headers)
    const bytes = await response.arrayBuffer()
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'application/graphql-response+json; charset=utf-8',
      'content-length': String(bytes.byteLength),
      'x-request-id': 'chosen-by-the-client',
      ratelimit: expect.stringMatching(/^"key";r=\d+;t=\d+$/),
    })
  }
})
