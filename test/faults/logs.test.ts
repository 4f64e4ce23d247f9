import WebSocket from 'ws'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openTcpProxy, type TcpProxy } from '../edge/tcp-proxy.ts'
import { cloneDatabase, type TestDatabase } from '../harness/database.ts'
import { openFleet, type Fleet } from '../harness/fleet.ts'
import { until, type RunningProcess } from '../harness/processes.ts'
import { startRedis, type TestRedis } from '../harness/redis.ts'
import { deliver, inboundBody } from '../harness/whatsapp.ts'
import { emitEvents } from './emitting.ts'

const REDIS_PASSWORD = 'geheim-of-redis'
/** Fewer than the anonymous sockets that one address may open. */
const PEER_COUNT = 40

let database: TestDatabase
let proxy: TcpProxy
let redis: TestRedis
let fleet: Fleet
let node: RunningProcess
let bot: RunningProcess

beforeAll(async () => {
  database = await cloneDatabase()
  const url = new URL(database.url)
  proxy = await openTcpProxy(Number(url.port))
  url.port = String(proxy.port)
  redis = await startRedis('--requirepass', REDIS_PASSWORD, '--maxmemory-policy', 'allkeys-lru')
  fleet = await openFleet({
    databaseUrl: database.url,
    env: {
      DATABASE_URL: url.href,
      REDIS_URL: redis.url.replace('redis://', `redis://:${REDIS_PASSWORD}@`),
      PUBLIC_URL: 'http://localhost:4000',
      SECRET_KEY: 'the-secret-key-of-this-test',
      // Nothing listens there, so that failed requests are logged, too.
      WHATSAPP_API_URL: 'http://127.0.0.1:9',
    },
  })
  node = await fleet.start('api,worker', { NODE_ENV: 'production' })
  bot = await fleet.start('bot', { NODE_ENV: 'production', STORELINE_URL: node.url })
}, 240_000)

afterAll(async () => {
  await fleet?.[Symbol.asyncDispose]()
  await redis?.[Symbol.asyncDispose]()
  await proxy?.[Symbol.asyncDispose]()
  await database?.[Symbol.asyncDispose]()
})

/** Opens a socket and subscribes to all events; its messages are then ignored. */
function openUnreadPeer(): Promise<WebSocket> {
  return new Promise((done, fail) => {
    const socket = new WebSocket(`${node.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws')
    const send = (message: object) => socket.send(JSON.stringify(message))
    socket.on('open', () => send({ type: 'connection_init', payload: fleet.shop.key }))
    socket.on('error', fail)
    socket.on('message', (data: Buffer) => {
      if (!data.toString().includes('connection_ack')) return
      send({ id: '1', type: 'subscribe', payload: { query: 'subscription { events { cursor } }' } })
      done(socket)
    })
  })
}

test('every log line in production is JSON with the same fields, without secrets and stacks of libraries, and faults do not flood the log', async () => {
  const { app, shop } = fleet
  await fleet.graphql(node.url).run('{ orders(first: 1) { totalCount } }')
  await fleet.graphql(node.url).send('{ nonsense }')
  const body = inboundBody(shop.phoneNumberId, [{ from: '15550109999', text: 'hi' }])
  expect((await deliver({ url: node.url, app }, body)).status).toBe(200)
  await until('the bot has answered', () => bot.output().includes('turn answered'))

  // All peers disconnect while the server sends to them, half of them in the middle of a message.
  const peers = await Promise.all(Array.from({ length: PEER_COUNT }, openUnreadPeer))
  const emitted = emitEvents(app, shop.merchantId, { count: 100, perSecond: 50 })
  for (const [index, peer] of peers.entries()) {
    peer.send(JSON.stringify({ id: '2', type: 'subscribe', payload: { query: '{ orders(first: 5) { totalCount } }' } }))
    if (index % 2) peer.send('{ not json')
    peer.terminate()
  }
  await emitted

  const state = async () => ((await (await fetch(`${node.url}/readyz`)).json()) as { redis: string }).redis
  await redis.stop('SIGKILL')
  await until('Redis is reported as failing', async () => (await state()) === 'failing')
  await redis.start()
  await until('Redis is reported as ok', async () => (await state()) === 'ok')
  await proxy.cut()
  await until('PostgreSQL is reported as failing', async () => (await fetch(`${node.url}/readyz`)).status === 503)
  await proxy.mend()
  await until('PostgreSQL is reported as ok', async () => (await fetch(`${node.url}/readyz`)).ok)
  for (const one of [bot, node]) {
    one.kill('SIGTERM')
    expect(await one.exited).toEqual({ code: 0, signal: null })
  }
  const refused = fleet.spawn('api', { NODE_ENV: 'production', DATABASE_URL: 'nonsense' })
  expect((await refused.exited).code).toBe(1)

  for (const [name, { output }] of Object.entries({ node, bot, refused })) {
    const lines = output().split('\n').filter(Boolean)
    expect(lines.length, name).toBeGreaterThan(0)
    expect(lines.length, name).toBeLessThan(1_500)
    for (const line of lines) {
      expect(line).not.toContain(REDIS_PASSWORD)
      expect(() => JSON.parse(line) as unknown, line).not.toThrow()
      const { level, time, msg, source, err } = JSON.parse(line) as Record<string, unknown>
      expect([typeof level, typeof msg], line).toEqual(['number', 'string'])
      expect(time, line).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
      if (source === 'library') expect([err, String(msg).includes('\n')], line).toEqual([undefined, false])
    }
  }
  const connectionErrors = node
    .output()
    .split('\n')
    .filter((line) => /"level":[456]0/.test(line) && /EPIPE|ECONNRESET/.test(line))
  expect(connectionErrors.filter((line) => line.includes('"library"'))).toEqual([])
  expect(refused.output()).toContain('DATABASE_URL')
}, 120_000)
