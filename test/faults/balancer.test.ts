import { afterAll, beforeAll, expect, test } from 'vitest'
import { setTimeout as delay } from 'node:timers/promises'
import { openTcpProxy, type TcpProxy } from '../edge/tcp-proxy.ts'
import { cloneDatabase, type TestDatabase } from '../harness/database.ts'
import { openFleet, type Fleet } from '../harness/fleet.ts'
import { startBalancer, type TestBalancer } from '../harness/haproxy.ts'
import { until } from '../harness/processes.ts'

let database: TestDatabase
/** Between the nodes and their database. */
let way: TcpProxy
let fleet: Fleet
let balancer: TestBalancer

beforeAll(async () => {
  database = await cloneDatabase()
  const cuttable = new URL(database.url)
  way = await openTcpProxy(Number(cuttable.port))
  cuttable.port = String(way.port)
  fleet = await openFleet({ databaseUrl: database.url, env: { DATABASE_URL: cuttable.href } })
  const nodes = [await fleet.start('api,worker'), await fleet.start('api')]
  balancer = await startBalancer(nodes.map(({ url }) => url))
}, 240_000)

afterAll(async () => {
  await balancer?.[Symbol.asyncDispose]()
  await fleet?.[Symbol.asyncDispose]()
  await way?.[Symbol.asyncDispose]()
  await database?.[Symbol.asyncDispose]()
})

const ask = async () => {
  const { status, data } = await fleet.graphql(balancer.url).send('{ orders(first: 1) { totalCount } }')
  return { status, data }
}
const ANSWERED = { status: 200, data: { orders: { totalCount: 0 } } }

test('Redis dies: every node stays in rotation and answers', async () => {
  expect(await ask()).toEqual(ANSWERED)
  await fleet.redis.stop('SIGKILL')
  const degraded = async () => ((await (await fetch(`${balancer.url}/readyz`)).json()) as { status: string }).status
  await until('a node says that it is degraded', async () => (await degraded()) === 'degraded')
  // Longer than the balancer needs to take a node out.
  for (let asked = 0; asked < 12; asked++, await delay(250)) {
    expect(await ask()).toEqual(ANSWERED)
    expect(await balancer.inRotation()).toBe(2)
  }
  await fleet.redis.start()
  await until('it is well', async () => (await degraded()) === 'ok')
}, 60_000)

test('the database dies: no node is in rotation, and the balancer says 503 until it is back', async () => {
  await way.cut()
  await until('all have left', async () => (await balancer.inRotation()) === 0)
  expect((await ask()).status).toBe(503)
  expect((await fetch(`${balancer.url}/readyz`)).status).toBe(503)
  await way.mend()
  await until('all are back', async () => (await balancer.inRotation()) === 2)
  expect(await ask()).toEqual(ANSWERED)
}, 60_000)
