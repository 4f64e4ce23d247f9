import { afterAll, beforeAll, expect, test } from 'vitest'
import { emulatorOf } from '../harness/customer.ts'
import { openFleet, type Fleet } from '../harness/fleet.ts'
import { graphqlClient, type GraphqlClient } from '../harness/graphql-client.ts'
import { startPgBouncer, type TestPgBouncer } from '../harness/pgbouncer.ts'
import { until } from '../harness/processes.ts'
import { createTestShop } from '../harness/shop.ts'

let fleet: Fleet
let bouncer: TestPgBouncer
let pooled: { DATABASE_URL: string; DATABASE_DIRECT_URL: string }

beforeAll(async () => {
  fleet = await openFleet()
  const { url } = fleet.app.database
  bouncer = await startPgBouncer(url)
  pooled = { DATABASE_URL: bouncer.url, DATABASE_DIRECT_URL: url }
}, 90_000)
afterAll(async () => {
  await fleet?.[Symbol.asyncDispose]()
  await bouncer?.[Symbol.asyncDispose]()
})

test('behind a transaction pooler a process refuses to start without a direct address, and says what to do', async () => {
  const refused = fleet.spawn('api', { DATABASE_URL: bouncer.url, PORT: '0' })
  expect((await refused.exited).code).toBe(1)
  expect(refused.output()).toContain('Set DATABASE_DIRECT_URL to an address of the same database past the pooler')
})

const CREATE = `mutation ($name: String!) {
  createProduct(input: { name: $name, variants: [{ name: "one", price: 100, onHand: 1, sku: $name }] }) {
    __typename ... on Product { name } ... on ValidationError { message }
  }
}`
const LIST = '{ merchant { name } products(first: 100) { edges { node { name } } } }'
type List = { merchant: { name: string }; products: { edges: { node: { name: string } }[] } }
const ROUNDS = 15

test('behind a transaction pooler with four connections two shops read and write their own data concurrently, and the bot answers', async () => {
  const { shop } = fleet
  const other = await createTestShop(fleet.app)
  const api = await fleet.start('api,worker,emulator', pooled)
  await fleet.startBot(api.url)
  const clients = [shop, other].map(({ key }) => graphqlClient(api.url, key))
  const list = (index: number) => (clients[index] as GraphqlClient).run<List>(LIST)
  const names = await Promise.all([0, 1].map(async (index) => (await list(index)).merchant.name))
  expect(new Set(names).size).toBe(2)
  await Promise.all(
    Array.from({ length: 8 }, async (_none, worker) => {
      const index = worker % 2
      for (let round = 0; round < ROUNDS; round++) {
        await clients[index]?.run(CREATE, { name: `${index}-${worker}-${round}` })
        const { merchant, products } = await list(index)
        expect(merchant.name).toBe(names[index])
        for (const { node } of products.edges) expect(node.name).toMatch(new RegExp(`^${index}-`))
      }
    }),
  )
  for (const index of [0, 1]) expect((await list(index)).products.edges.length).toBe(4 * ROUNDS)
  const customer = await emulatorOf(api.url, shop.phoneNumberId).customer('+1 555 010 0601')
  await customer.write('hi')
  await until('the bot answers', async () => (await customer.answers()).length > 0)
  expect((await fetch(`${api.url}/readyz`)).status).toBe(200)
}, 90_000)
