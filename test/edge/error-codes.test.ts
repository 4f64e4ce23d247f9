import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ERROR_CODES, PROTOCOL_CODES } from '../../server/errors.ts'
import { startTestStoreline, type TestStoreline } from '../harness/storeline.ts'
import { LIMIT_DOCUMENTS } from './documents.ts'
import { codeOf, rawSocket } from './raw-socket.ts'

const CATALOGUE: (string | undefined)[] = [undefined, ...Object.keys(ERROR_CODES), ...Object.keys(PROTOCOL_CODES)]

let storeline: TestStoreline
beforeAll(async () => {
  storeline = await startTestStoreline({ roles: ['api'], env: { RATE_LIMIT_POINTS: '300', RATE_LIMIT_RESTORE: '1' } })
})
afterAll(() => storeline[Symbol.asyncDispose]())

/** Requests that are refused, with all kinds of errors. */
const REFUSED: [document: string, extra?: object][] = [
  ...Object.values(LIMIT_DOCUMENTS).map(({ refused }): [string] => [refused]),
  ['{ orders('],
  [''],
  ['{ nothing }'],
  ['{ orders(first: 101) { totalCount } }'],
  ['{ orders(first: 1, last: 1) { totalCount } }'],
  ['{ orders(after: "nonsense") { totalCount } }'],
  ['{ order(id: "nonsense") { id } }'],
  ['{ order { id } }'],
  ['query ($id: ID!) { order(id: $id) { id } }'],
  ['query ($id: ID!) { order(id: $id) { id } }', { variables: { id: {} } }],
  ['query A { __typename } query B { __typename }'],
  ['query A { __typename }', { operationName: 'B' }],
  ['mutation { claimTurn { id } }'],
  ['subscription { events(after: "nonsense") { cursor } }'],
  ['subscription { botTurns { at } }'],
  ['fragment A on Query { ...A } { ...A }'],
  [`mutation { revokeApiKey(input: { id: "${randomUUID()}" }) { __typename } }`],
  ['mutation { createApiKey(input: { name: "\\u0000", scopes: ["orders:read"] }) { __typename } }'],
  ['mutation { createApiKey(input: { name: "x", scopes: ["orders:read"], idempotencyKey: "" }) { __typename } }'],
]

test('HTTP answers have only codes of the catalogue, and no status of 500 or above', async () => {
  const seen = new Set<unknown>()
  for (const headers of [storeline.shop.key, {}] as Record<string, string>[]) {
    for (const [query, extra = {}] of REFUSED) {
      for (const accept of ['application/json', 'application/graphql-response+json']) {
        const response = await fetch(`${storeline.url}/graphql`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', accept, ...headers },
          body: JSON.stringify({ query, ...extra }),
        })
        const { errors = [] } = (await response.json()) as { errors?: { extensions?: { code?: string } }[] }
        for (const { extensions } of errors) {
          expect(CATALOGUE, `${query.slice(0, 80)} ${JSON.stringify(errors)}`).toContain(extensions?.code)
          seen.add(extensions?.code)
        }
        expect(response.status, query.slice(0, 80)).toBeLessThan(500)
      }
    }
  }
  const sendCostly = () => storeline.graphql(storeline.shop.key).send('{ orders(first: 20) { edges { node { id } } } }')
  for (const { errors = [] } of await Promise.all(Array.from({ length: 100 }, sendCostly)))
    for (const { extensions } of errors) seen.add(extensions?.code)
  for (const code of [
    'UNAUTHENTICATED',
    'FORBIDDEN',
    'BAD_INPUT',
    'CURSOR_INVALID',
    'QUERY_TOO_COMPLEX',
    'RATE_LIMITED',
  ])
    expect([...seen]).toContain(code)
})

test('socket answers have only codes of the catalogue, and no HTTP status or headers', async () => {
  for (const init of [storeline.shop.key, {}]) {
    for (const [query, extra = {}] of REFUSED) {
      await using socket = await rawSocket(storeline.url, { init })
      // graphql-ws does not accept an empty document as a message.
      if (!query) continue
      const messages = await socket.operate(query, extra)
      const code = codeOf(messages)
      if (typeof code === 'string') expect(CATALOGUE, query.slice(0, 80)).toContain(code)
      expect(JSON.stringify(messages), query.slice(0, 80)).not.toContain('"http":')
    }
  }
})
