import { randomUUID } from 'node:crypto'
import type { FloorOptions } from '../floors/http.ts'
import { alternate, type Compared, type Sample } from './alternate.ts'
import { superuser } from './bulk.ts'
import { nextMessage, startScript } from './children.ts'
import { runLoad, type LoadResult, type Request } from './load.ts'
import { Resources } from './resources.ts'
import { assertSameRows } from './same-rows.ts'
import type { Server, Site } from './site.ts'
import { fillCarts, type Shop } from './town.ts'

const ORDER = `id number status fulfilment placedAt total { amount currency } customer { id name phone }
  lines { id productName variantName quantity unitPrice { amount } total { amount } }`
const LIST = `query Orders($first: Int) { orders(first: $first) { edges { node { ${ORDER} } } pageInfo { hasNextPage } } }`
const ONE = `query Order($id: ID!) { order(id: $id) { ${ORDER} } }`
const PLACE = `mutation Place($input: PlaceOrderInput!) { placeOrder(input: $input) { __typename ... on Order { id number status } ... on Error { message } } }`
const MOVE = `mutation Move($input: TransitionOrderInput!) { transitionOrder(input: $input) { __typename ... on Order { id number status } ... on Error { message } } }`
const POOL = 16
const CHECKOUT = { fulfilment: 'DELIVERY', address: '1 Test Street', paymentMethod: 'CASH_ON_DELIVERY' }

/** A request about one thing of a shop, in the words of ours and of the floor. */
export type Pair = { ours: Request; floor: Request }
/** A subject of a shop: a customer, or an order. */
export type Subject = { shop: Shop; id: string }

const graphql = ({ authorization }: Shop, query: string, variables: object): Request => ({
  path: '/graphql',
  authorization,
  body: JSON.stringify({ query, variables }),
})
const plain = ({ authorization }: Shop, path: string, input: object): Request => ({
  path,
  authorization,
  body: JSON.stringify({ ...input, key: randomUUID() }),
})
const keyed = (input: object) => ({ input: { ...input, idempotencyKey: randomUUID() } })

/** Three products, which differ between customers. Every shop has at least ten. */
function skusFor(customerId: string): string[] {
  const first = parseInt(customerId.slice(-4), 16)
  return [0, 3, 6].map((step) => `SKU-${(first + step) % 10}`)
}

/** What both are asked for. The answer to a good request contains `expect`. */
export const OPERATIONS = {
  list: {
    expect: '"productName"',
    pair: ({ shop }: Subject): Pair => ({
      ours: graphql(shop, LIST, { first: 20 }),
      floor: { path: '/orders', authorization: shop.authorization },
    }),
  },
  byId: {
    expect: '"productName"',
    pair: ({ shop, id }: Subject): Pair => ({
      ours: graphql(shop, ONE, { id }),
      floor: { path: `/orders/${id}`, authorization: shop.authorization },
    }),
  },
  place: {
    expect: '"PENDING"',
    pair: ({ shop, id: customerId }: Subject): Pair => ({
      ours: graphql(shop, PLACE, keyed({ ...CHECKOUT, customerId })),
      floor: plain(shop, '/place', { customerId, address: CHECKOUT.address }),
    }),
  },
  placeLines: {
    expect: '"PENDING"',
    pair: ({ shop, id: customerId }: Subject): Pair => {
      const skus = skusFor(customerId)
      const lines = skus.map((sku) => ({ sku, quantity: 1 }))
      return {
        ours: graphql(shop, PLACE, keyed({ ...CHECKOUT, customerId, lines })),
        floor: plain(shop, '/place-lines', { customerId, address: CHECKOUT.address, skus: skus.join(',') }),
      }
    },
  },
  accept: {
    expect: '"CONFIRMED"',
    pair: ({ shop, id: orderId }: Subject): Pair => ({
      ours: graphql(shop, MOVE, keyed({ orderId, action: 'ACCEPT' })),
      floor: plain(shop, '/accept', { orderId }),
    }),
  },
  dispatch: {
    expect: '"IN_DELIVERY"',
    pair: ({ shop, id: orderId }: Subject): Pair => ({
      ours: graphql(shop, MOVE, keyed({ orderId, action: 'DISPATCH' })),
      floor: plain(shop, '/dispatch', { orderId }),
    }),
  },
} as const
export type Operation = keyof typeof OPERATIONS

export type BesideFloor = AsyncDisposable & {
  api: Server
  floor: Server
  /** One request to each, which must answer the same bytes. @throws Error with both answers otherwise. */
  assertSameBytes: (operation: Operation, subject: Subject) => Promise<void>
  /** One request to each, which must write the same rows. @throws Error with the differences. */
  assertSameRows: (operation: Operation, subjects: { ours: Subject; floor: Subject }) => Promise<void>
  /** Sends the requests of an operation to one of them: for `seconds`, or each once. A wrong answer is an error. */
  load: (side: 'ours' | 'floor', operation: Operation, load: Work) => Promise<Sample & { result: LoadResult }>
  /** Warms both up, and measures them in turn. `work` is asked for anew each time. */
  compare: (
    operation: Operation,
    rounds: number,
    work: (side: 'ours' | 'floor') => Promise<Work> | Work,
  ) => Promise<Compared>
}

export type Work = { subjects: readonly Subject[]; connections: number; seconds?: number; mayFail?: boolean }

/** Starts an api and the hand-written server on the same database, with as many connections to it each. */
export async function openBesideFloor(
  site: Site,
  shops: readonly Shop[],
  log: (line: string) => void,
): Promise<BesideFloor> {
  await using starting = new Resources()
  const api = starting.use(await site.start('api', { DATABASE_POOL_SIZE: String(POOL) }))
  const options: FloorOptions = {
    databaseUrl: site.databaseUrl,
    keys: shops.map(({ authorization, merchantId }) => [authorization, merchantId]),
    poolSize: POOL,
  }
  const script = starting.use(startScript(new URL('../floors/http.ts', import.meta.url), options))
  const floor: Server = { ...script, url: await nextMessage<string>(script) }
  const servers = { ours: api, floor }
  const headers = { 'content-type': 'application/json' }

  const once = async (side: 'ours' | 'floor', operation: Operation, subject: Subject): Promise<string> => {
    const { expect, pair } = OPERATIONS[operation]
    const { path, body, authorization = '' } = pair(subject)[side]
    const response = await fetch(`${servers[side].url}${path}`, {
      method: body ? 'POST' : 'GET',
      headers: { ...headers, authorization },
      ...(body ? { body } : {}),
    })
    const text = await response.text()
    if (!text.includes(expect))
      throw new Error(`${side} answers ${operation} with ${response.status} ${text.slice(0, 500)}`)
    return text
  }
  const load: BesideFloor['load'] = async (side, operation, { subjects, connections, seconds, mayFail = false }) => {
    const { expect, pair } = OPERATIONS[operation]
    const requests = subjects.map((subject) => pair(subject)[side])
    let result: LoadResult | undefined
    const cost = await site.meter.costOf([servers[side].pid], async () => {
      const method = requests[0]?.body ? 'POST' : 'GET'
      const options = { origin: servers[side].url, method, headers, requests, connections, expect } as const
      result = await runLoad(seconds === undefined ? options : { ...options, seconds })
      return Math.max(1, result.succeeded)
    })
    if (!result) throw new Error('no load ran')
    if (result.failed > 0 && !mayFail) throw new Error(`${result.failed} answers were wrong: ${result.failure}`)
    const { perSecond, p95, bytes } = result
    log(
      `${operation.padEnd(8)} ${side.padEnd(5)} ${perSecond.toFixed(0)}/s, p95 ${p95.toFixed(1)} ms, ${bytes} bytes, ${cost.server.toFixed(2)} + ${cost.postgres.toFixed(2)} ms, ${cost.statements.toFixed(1)} statements`,
    )
    return { value: perSecond, cost, result }
  }
  const opened = starting.move()
  return {
    api,
    floor,
    assertSameBytes: async (operation, subject) => {
      const answers = { ours: await once('ours', operation, subject), floor: await once('floor', operation, subject) }
      if (answers.ours !== answers.floor)
        throw new Error(`The floor of "${operation}" answers other bytes:\n${answers.ours}\n${answers.floor}`)
    },
    assertSameRows: async (operation, subjects) => {
      const both = {
        ours: async () => void (await once('ours', operation, subjects.ours)),
        floor: async () => void (await once('floor', operation, subjects.floor)),
      }
      const written = await assertSameRows(site.adminUrl, operation, both)
      log(`${operation}: both write ${[...written].map(([kind, { rows }]) => `${rows} ${kind}`).join(', ')}`)
    },
    load,
    compare: async (operation, rounds, work) => {
      // Documents are compiled, pools filled and statements prepared before anything counts.
      await load('ours', operation, await work('ours'))
      await load('floor', operation, await work('floor'))
      return alternate(rounds, {
        ours: async () => load('ours', operation, await work('ours')),
        floor: async () => load('floor', operation, await work('floor')),
      })
    },
    [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose](),
  }
}

/** Fills every empty cart again, so that each customer can order once more. */
export async function refillCarts(adminUrl: string): Promise<void> {
  const client = await superuser(adminUrl)
  try {
    await client.query('BEGIN')
    await fillCarts(client)
    await client.query('COMMIT')
  } finally {
    await client.end()
  }
}
