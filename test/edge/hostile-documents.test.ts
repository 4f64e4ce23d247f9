import fc from 'fast-check'
import { Parser } from 'graphql/language/parser.js'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { LIMITS } from '../../server/graphql/limits.ts'
import { startTestStoreline, type TestStoreline } from '../harness/storeline.ts'
import { rawSocket, type RawSocket } from './raw-socket.ts'

let storeline: TestStoreline
let socket: RawSocket
let anonymous: RawSocket

/** Steps of all walks over documents, by any library: every walk reads the `kind` of each node that it visits. */
let steps = 0
let nodes = 0
type Nodes = { node: (start: unknown, node: { kind: string }) => object }
const parser = Parser.prototype as unknown as Nodes
const { node: makeNode } = parser

beforeAll(async () => {
  parser.node = function (start, node) {
    const { kind } = node
    nodes++
    Object.defineProperty(node, 'kind', { enumerable: true, configurable: true, get: () => (steps++, kind) })
    return makeNode.call(this, start, node)
  }
  storeline = await startTestStoreline({ roles: ['api'] })
  socket = await rawSocket(storeline.url, { init: storeline.shop.key })
  anonymous = await rawSocket(storeline.url)
})
afterAll(async () => {
  parser.node = makeNode
  await socket[Symbol.asyncDispose]()
  await anonymous[Symbol.asyncDispose]()
  await storeline[Symbol.asyncDispose]()
})
beforeEach(() => {
  steps = 0
})

/** Maximum number of walks over one document by rules, executors and compilers; it does not depend on the document. */
const WALKS = 60
/** Maximum number of fields that a walk with expanded fragments may visit. */
const EXPANDED = LIMITS.selections + LIMITS.pairs

/** Sends a document over all transports, often enough to compile it, and checks that the steps of all walks fit its size. */
async function sendEverywhere(query: string, variables: object | string = {}): Promise<void> {
  const variablesJson = typeof variables === 'string' ? variables : JSON.stringify(variables)
  const sendOverHttp = async (headers: Record<string, string>) => {
    const response = await fetch(`${storeline.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: `{"query":${JSON.stringify(query)},"variables":${variablesJson}}`,
    })
    expect(response.status, query.slice(0, 300)).toBeLessThan(500)
    await response.arrayBuffer()
  }
  // Subscriptions would stay open.
  const isStream = query.includes('subscription')
  const transports: [name: string, sendQuery: () => Promise<unknown>][] = [
    ['HTTP, anonymous', () => sendOverHttp({})],
    ...[1, 2, 3, 4].map((time): [string, () => Promise<unknown>] => [
      `HTTP, a key, time ${time}`,
      () => sendOverHttp({ ...storeline.shop.key, ...(time > 2 && { accept: 'application/graphql-response+json' }) }),
    ]),
    ['socket, anonymous', () => operate(anonymous, isStream)],
    ['socket, a key', () => operate(socket, isStream)],
  ]
  const operate = async (by: RawSocket, ends: boolean) => {
    by.send(`{"type":"subscribe","id":"one","payload":{"query":${JSON.stringify(query)},"variables":${variablesJson}}}`)
    if (!ends) return by.ended()
    by.send({ type: 'complete', id: 'one' })
    return by.operate('{ __typename }', { id: 'two' })
  }
  for (const [name, sendQuery] of transports) {
    steps = 0
    nodes = 0
    await sendQuery()
    const size = Math.max(nodes, query.length / 8)
    expect(steps, `${name}: ${query.slice(0, 300)}`).toBeLessThan(WALKS * (size + EXPANDED))
  }
}

const times = (n: number, part: (i: number) => string, join = ' '): string =>
  Array.from({ length: n }, (_, i) => part(i)).join(join)
/** Each fragment spreads the next one twice. */
const doubling = (n: number, { on, leaf }: { on: string; leaf: string }): string =>
  `${times(n, (i) => `fragment F${i} on ${on} { ...F${i + 1} ...F${i + 1} }`)} fragment F${n} on ${on} { ${leaf} }`

const HOSTILE: Record<string, string> = {
  'a mutation whose fragments double': `mutation { ...F0 } ${doubling(40, { on: 'Mutation', leaf: 'signOut' })}`,
  'a query whose fragments double': `{ ...F0 } ${doubling(40, { on: 'Query', leaf: 'viewer { id }' })}`,
  'a subscription whose fragments double': `subscription { ...F0 } ${doubling(40, { on: 'Subscription', leaf: 'events { cursor }' })}`,
  'fragments that double below a field': `{ viewer { ...F0 } } ${doubling(40, { on: 'Viewer', leaf: 'id' })}`,
  'fragments that double around __typename, which is free': `{ viewer { ...F0 } } ${doubling(40, { on: 'Viewer', leaf: '__typename' })}`,
  'fragments that double and are never used': `{ viewer { id } } ${doubling(40, { on: 'Viewer', leaf: 'id' })}`,
  'fragments that double through fields': `{ orders(first: 1) { edges { node { ...F0 } } } } ${times(40, (i) => `fragment F${i} on Order { a: customer { conversation { orders { edges { node { ...F${i + 1} ...F${i + 1} } } } } } }`)} fragment F40 on Order { id }`,
  'a long chain of fragments': `{ ...F0 } ${times(250, (i) => `fragment F${i} on Query { viewer { id } ...F${i + 1} }`)} fragment F250 on Query { viewer { id } }`,
  'fragments that spread all later fragments': `{ ${times(40, (i) => `...F${i}`)} } ${times(40, (i) => `fragment F${i} on Query { viewer { id } ${times(40, (j) => (j > i ? `...F${j}` : ''))} }`)}`,
  'fragments that spread each other in a circle': `{ ...F0 } ${times(60, (i) => `fragment F${i} on Query { ...F${(i + 1) % 60} ...F${(i + 7) % 60} viewer { id } }`)}`,
  'a circle through fields':
    '{ viewer { ...F } } fragment F on Viewer { id merchant { id } ...G } fragment G on Viewer { ...F }',
  'a fragment that spreads itself': 'mutation { ...F } fragment F on Mutation { ...F }',
  'two fragments of the same name':
    '{ ...F } fragment F on Query { viewer { id } } fragment F on Query { viewer { ...F } }',
  'names of Object.prototype':
    '{ ...__proto__ ...constructor } fragment __proto__ on Query { __typename ...constructor } fragment constructor on Query { toString: __typename }',
  'one field many times': `{ ${times(480, () => 'viewer { id }')} }`,
  'one leaf many times': `{ viewer { ${times(1_900, () => 'id')} } }`,
  'one field many times, deeply': `{ ${times(40, () => 'orders { edges { node { customer { conversation { customer { conversation { customer { id } } } } } } } }')} }`,
  'one field with arguments many times': `{ ${times(150, () => 'orders(first: 1, filter: { status: [PENDING] }) { edges { cursor } }')} }`,
  'many aliases': `{ ${times(400, (i) => `a${i}: viewer { id }`)} }`,
  'many directives': `{ viewer { id ${times(250, () => '@include(if: true)')} } }`,
  'many operations': times(300, (i) => `query Q${i} { viewer { id } }`),
  'many operations on one fragment': `${times(150, (i) => `query Q${i} { ...F }`)} fragment F on Query { viewer { ${times(60, () => 'id')} } }`,
  'deep selections': `${'{ viewer '.repeat(900)}${'}'.repeat(900)}`,
  'deep inline fragments': `${'{ ... '.repeat(480)}{ __typename }${'}'.repeat(480)}`,
  'a deep list': `{ orders(filter: { status: ${'['.repeat(900)}PENDING${']'.repeat(900)} }) { totalCount } }`,
  'a deep object': `{ orders(filter: ${'{ filter: '.repeat(480)}1${'}'.repeat(480)}) { totalCount } }`,
  'a long list': `{ orders(filter: { status: [${times(1_900, () => 'PENDING')}] }) { totalCount } }`,
  'a wide object': `{ orders(filter: { ${times(600, (i) => `f${i}: 1`)} }) { totalCount } }`,
  'many variables': `query (${times(380, (i) => `$v${i}: Int`)}) { orders(first: $v1) { totalCount } }`,
  'many unknown types': `{ ${times(380, (i) => `... on Ordr${i} { id }`)} }`,
  'many unknown fields': `{ ${times(600, (i) => `ordr${i}`)} }`,
  'many unknown fragments': `{ ${times(600, (i) => `...F${i}`)} }`,
  'many unions': `{ eventLog { edges { node { ${times(60, () => '... on OrderCreatedEvent { order { id } }')} } } } }`,
  'introspection of types nested in types': `{ __schema { types { ${'fields { type { '.repeat(60)}name${' } }'.repeat(60)} } } }`,
}

test.each(Object.entries(HOSTILE))('%s takes steps in proportion to the size of the document', (_name, query) =>
  sendEverywhere(query),
)

test('variables of any depth and length take a limited number of steps', async () => {
  const query = 'query ($filter: OrderFilter, $first: Int) { orders(filter: $filter, first: $first) { totalCount } }'
  const levels = 10_000
  await sendEverywhere(query, `{"filter":${'{"status":['.repeat(levels)}${']}'.repeat(levels)}}`)
  await sendEverywhere(query, { filter: { status: Array.from({ length: 10_000 }, () => 'PENDING') } })
  await sendEverywhere(query, Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`v${i}`, i])))
  await sendEverywhere(query, { first: 1e308 })
})

const ROOTS = { query: 'Query', mutation: 'Mutation', subscription: 'Subscription' } as const
const FRAGMENTS = 12

/** Documents of fragments that spread each other at random, with fields that exist or not. */
const anyDocument = fc
  .record({
    kind: fc.constantFrom(...(Object.keys(ROOTS) as (keyof typeof ROOTS)[])),
    fragments: fc.array(fc.array(fc.nat(FRAGMENTS + 1), { maxLength: 12 }), {
      minLength: FRAGMENTS,
      maxLength: FRAGMENTS,
    }),
    leaves: fc.array(
      fc.constantFrom(
        '__typename',
        'a: __typename',
        'viewer { id kind }',
        'viewer { id ...F1 }',
        'orders(first: 3) { edges { node { id customer { id name } } } }',
        'b: orders(last: $n) { totalCount }',
        'signOut',
        'events { cursor }',
        '... { viewer { id } }',
        '... @include(if: $yes) { __typename }',
        '__schema { types { name } }',
        'nothing',
      ),
      { minLength: FRAGMENTS, maxLength: FRAGMENTS },
    ),
    again: fc.nat(3),
  })
  .map(({ kind, fragments, leaves, again }) => {
    const bodies = fragments.map(
      (spreads, i) => `fragment F${i} on ${ROOTS[kind]} { ${leaves[i]} ${spreads.map((to) => `...F${to}`).join(' ')} }`,
    )
    return `${kind} Q($n: Int, $yes: Boolean = true) { ${times(again + 1, () => '...F0')} } ${bodies.join(' ')}`
  })

test('random fragments take steps in proportion to the size of the document', async () => {
  await fc.assert(
    fc.asyncProperty(anyDocument, (query) => sendEverywhere(query, { n: 2 })),
    { numRuns: 40 },
  )
}, 120_000)
