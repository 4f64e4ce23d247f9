import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { encodeCursor } from '../../server/events/cursor.ts'
import { createCustomer } from '../harness/app.ts'
import { emulatorOf, type EmulatorClient } from '../harness/customer.ts'
import { openFleet, type Fleet } from '../harness/fleet.ts'
import { graphqlClient } from '../harness/graphql-client.ts'
import { until, type RunningProcess } from '../harness/processes.ts'
import { createTestProduct } from '../harness/shop.ts'
import { tenantDb } from '../harness/tenant-db.ts'
import { followEvents, sequencesAfter } from './following.ts'
import { lookUpUnrelayed } from '../../server/events/lookups.ts'

let fleet: Fleet
let node: RunningProcess
let emulator: EmulatorClient
let variantId: string

beforeAll(async () => {
  fleet = await openFleet({ env: { RATE_LIMIT_POINTS: '100000' } })
  const product = await createTestProduct(fleet.app, fleet.shop.owner, { onHand: 1_000 })
  variantId = product.variantId
  node = await fleet.start('api,worker,emulator')
  emulator = emulatorOf(node.url, fleet.shop.phoneNumberId)
  await fleet.startBot(node.url)
}, 150_000)

afterAll(() => fleet?.[Symbol.asyncDispose]())

type Fault = { name: string; begin: () => Promise<unknown> | void; end: () => Promise<unknown> | void; reason: RegExp }

const FAULTS: Fault[] = [
  {
    name: 'unreachable',
    begin: () => fleet.redis.stop('SIGKILL'),
    end: () => fleet.redis.start(),
    reason: /cannot be reached/,
  },
  {
    name: 'silent',
    begin: () => fleet.redis.pause(),
    end: () => fleet.redis.resume(),
    reason: /does not answer|reached/,
  },
  {
    name: 'a read-only replica',
    begin: () => fleet.redis.command('REPLICAOF', '127.0.0.1', '1'),
    end: () => fleet.redis.command('REPLICAOF', 'NO', 'ONE'),
    reason: /read-only replica/,
  },
  {
    name: 'full',
    begin: () => fleet.redis.command('CONFIG', 'SET', 'maxmemory', '1mb'),
    end: () => fleet.redis.command('CONFIG', 'SET', 'maxmemory', '0'),
    reason: /full and refuses/,
  },
]

/** Processor time that the process has used, in ms. */
function cpuOf({ pid }: RunningProcess): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) * 10
}

const readyz = async () => {
  const answer = await fetch(`${node.url}/readyz`)
  const body = (await answer.json()) as { status: string; database: string; redis: string; reason?: string }
  return { code: answer.status, ...body }
}
const metric = async (name: string) =>
  new RegExp(`^storeline_${name} (\\S+)$`, 'm').exec(await (await fetch(`${node.url}/metrics`)).text())?.[1]

async function placeOrder(customerId: string): Promise<unknown> {
  const client = fleet.graphql(node.url)
  await client.run('mutation ($i: SetCartLineInput!) { setCartLine(input: $i) { __typename } }', {
    i: { customerId, variantId, quantity: 1 },
  })
  return client.run('mutation ($i: PlaceOrderInput!) { placeOrder(input: $i) { __typename } }', {
    i: { customerId, fulfilment: 'PICKUP', paymentMethod: 'CASH_ON_DELIVERY' },
  })
}

describe.each(FAULTS)('while Redis is $name', ({ name, begin, end, reason }) => {
  test('the node stays in rotation, reports that it is degraded, does all work except sending, and catches up by itself', async () => {
    const { shop, app } = fleet
    const phone = `+1 555 010 07${FAULTS.findIndex((one) => one.name === name)}0`
    const customer = await emulator.customer(phone)
    await customer.write('hi')
    await until('the bot answers', async () => (await customer.answers()).length === 1)
    const { customerId } = await createCustomer(app, shop.merchantId)
    await until('the node is not degraded', async () => (await readyz()).status === 'ok')
    const from = (await app.log.bounds(shop.merchantId)).last
    await using early = followEvents({ url: () => node.url, headers: shop.key, after: encodeCursor(from) })
    await early.connected
    await using status = fleet.graphql(node.url).subscribe('subscription { systemStatusChanges { degraded } }')
    expect((await status.next()).data).toEqual({ systemStatusChanges: { degraded: false } })

    await begin()
    expect((await status.next()).data).toEqual({ systemStatusChanges: { degraded: true } })
    expect(await readyz()).toMatchObject({ code: 200, status: 'degraded', database: 'ok', redis: 'failing' })
    expect((await readyz()).reason).toMatch(reason)
    expect(JSON.stringify(await readyz())).not.toContain('127.0.0.1')
    expect([await metric('redis_up'), await metric('degraded')]).toEqual(['0', '1'])

    // A subscription that starts now reads the log without signals.
    await using late = followEvents({ url: () => node.url, headers: shop.key, after: encodeCursor(from) })
    await late.connected
    const requestedAt = Date.now()
    expect(await placeOrder(customerId)).toEqual({ placeOrder: { __typename: 'Order' } })
    expect(
      await graphqlClient(node.url).run('mutation ($i: SignInInput!) { signIn(input: $i) { __typename } }', {
        i: { email: shop.email, password: shop.password },
      }),
    ).toEqual({ signIn: { __typename: 'Viewer' } })
    await fleet.graphql(node.url).run('{ orders(first: 5) { edges { node { id } } } conversations { totalCount } }')
    const jobs = await fleet.graphql(node.url).send('{ jobs { jobs { id } } }')
    // A replica and a full Redis still serve reads of jobs.
    if (name === 'unreachable' || name === 'silent') expect(jobs.errors?.[0]?.extensions?.code).toBe('UNAVAILABLE')
    const wamid = await customer.write('help')
    await until('the message is ingested', () =>
      tenantDb(app.database, shop.merchantId).message.findFirst({ where: { wamid } }),
    )
    expect(Date.now() - requestedAt).toBeLessThan(12_000)
    const placed = (await app.log.bounds(shop.merchantId)).last
    expect(placed).toBeGreaterThan(from)
    await until('events arrive without signals', () =>
      [early, late].every(({ sequences }) => (sequences.at(-1) ?? 0) >= placed),
    )
    // A queue that retries without a pause would use a full processor in every second.
    await until('no queue spins', async () => {
      const cpu = cpuOf(node)
      await delay(1_000)
      return (cpuOf(node) - cpu) / 1_000 < 0.5
    })
    expect(node.exit()).toBeUndefined()

    await end()
    expect((await status.next(15_000)).data).toEqual({ systemStatusChanges: { degraded: false } })
    await until('the node is not degraded any more', async () => (await readyz()).status === 'ok')
    expect([await metric('redis_up'), await metric('degraded')]).toEqual(['1', '0'])
    await until('the message sent meanwhile is answered', async () => (await customer.answers()).length === 2, 45_000)
    await customer.write('menu')
    await until('the bot answers a new message', async () => (await customer.answers()).length === 3)
    await until('all events are relayed', async () => (await lookUpUnrelayed(app)).length === 0)
    // Status updates of the last answer may still add events.
    const { last } = await app.log.bounds(shop.merchantId)
    await until('both have every event', () => [early, late].every(({ sequences }) => (sequences.at(-1) ?? 0) >= last))
    for (const { sequences } of [early, late]) expect(sequences).toEqual(sequencesAfter(from, sequences.length))
    const dead = await fleet.graphql(node.url).run('{ deadJobs { edges { node { name reason } } } }')
    expect(dead).toEqual({ deadJobs: { edges: [] } })
  }, 120_000)
})

test('a process that starts while Redis is unreachable answers requests, and processes jobs when it is back', async () => {
  await fleet.redis.stop('SIGKILL')
  const late = await fleet.start('api,worker')
  expect(await (await fetch(`${late.url}/readyz`)).json()).toMatchObject({ status: 'degraded', redis: 'failing' })
  await fleet.graphql(late.url).run('{ orders(first: 1) { edges { node { id } } } }')
  await fleet.redis.start()
  await until(
    'the new process is not degraded',
    async () => ((await (await fetch(`${late.url}/readyz`)).json()) as { status: string }).status === 'ok',
  )
  await fleet.graphql(late.url).run('{ jobs { jobs { id } } }')
  node.kill('SIGTERM')
  await node.exited
  const { customerId } = await createCustomer(fleet.app, fleet.shop.merchantId)
  node = late
  await placeOrder(customerId)
  await until('the new process relays events', async () => (await lookUpUnrelayed(fleet.app)).length === 0)
}, 150_000)
