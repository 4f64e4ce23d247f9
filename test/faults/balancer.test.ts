import { afterAll, beforeAll, expect, test } from 'vitest'
import { setTimeout as delay } from 'node:timers/promises'
import { openTcpProxy, type TcpProxy } from '../edge/tcp-proxy.ts'
import { cloneDatabase, type TestDatabase } from '../harness/database.ts'
import { openFleet, type Fleet } from '../harness/fleet.ts'
import { startBalancer, type TestBalancer } from '../harness/haproxy.ts'
import { until } from '../harness/processes.ts'

let database: TestDatabase
/** The proxy between the nodes and their database. */
let proxy: TcpProxy
let fleet: Fleet
let balancer: TestBalancer

beforeAll(async () => {
  database = await cloneDatabase()
  const proxiedUrl = new URL(database.url)
  proxy = await openTcpProxy(Number(proxiedUrl.port))
  proxiedUrl.port = String(proxy.port)
  fleet = await openFleet({ databaseUrl: database.url, env: { DATABASE_URL: proxiedUrl.href } })
  const nodes = [await fleet.start('api,worker'), await fleet.start('api')]
  balancer = await startBalancer(nodes.map(({ url }) => url))
}, 240_000)

afterAll(async () => {
  await balancer?.[Symbol.asyncDispose]()
  await fleet?.[Symbol.asyncDispose]()
  await proxy?.[Symbol.asyncDispose]()
  await database?.[Symbol.asyncDispose]()
})

const sendQuery = async () => {
  const { status, data } = await fleet.graphql(balancer.url).send('{ orders(first: 1) { totalCount } }')
  return { status, data }
}
const ANSWERED = { status: 200, data: { orders: { totalCount: 0 } } }

test('when Redis is killed, every node stays in rotation and answers', async () => {
  expect(await sendQuery()).toEqual(ANSWERED)
  await fleet.redis.stop('SIGKILL')
  const degraded = async () => ((await (await fetch(`${balancer.url}/readyz`)).json()) as { status: string }).status
  await until('a node is degraded', async () => (await degraded()) === 'degraded')
  // Longer than the balancer needs to take a node out of rotation.
  for (let queries = 0; queries < 12; queries++, await delay(250)) {
    expect(await sendQuery()).toEqual(ANSWERED)
    expect(await balancer.inRotation()).toBe(2)
  }
  await fleet.redis.start()
  await until('no node is degraded', async () => (await degraded()) === 'ok')
}, 60_000)

test('when the database is unreachable, no node is in rotation, and the balancer answers 503 until it is back', async () => {
  await proxy.cut()
  await until('no node is in rotation', async () => (await balancer.inRotation()) === 0)
  expect((await sendQuery()).status).toBe(503)
  expect((await fetch(`${balancer.url}/readyz`)).status).toBe(503)
  await proxy.mend()
  await until('both nodes are in rotation', async () => (await balancer.inRotation()) === 2)
  expect(await sendQuery()).toEqual(ANSWERED)
}, 60_000)
