import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { expect, onTestFinished, test, vi } from 'vitest'
import { startRedis } from '../../test/harness/redis.ts'
import { openRedis, reconnectWhenSilent, redisOptions } from './redis.ts'

const bulk = (text: string) => `$${text.length}\r\n${text}\r\n`

/** A Sentinel that names the primary after `delayMs`. From `reportFailover` on it reports a failover whenever it is asked. */
async function startSlowSentinel(
  primary: string,
  delayMs: number,
): Promise<AsyncDisposable & { address: string; subscribers: () => number; reportFailover: () => void }> {
  const { hostname, port } = new URL(primary)
  const sockets = new Set<Socket>()
  const subscribers = new Set<Socket>()
  let reportsFailover = false
  const answerTo = async (command: string, socket: Socket): Promise<string> => {
    if (/subscribe/i.test(command)) {
      subscribers.add(socket)
      return `*3\r\n${bulk('subscribe')}${bulk('+switch-master')}:1\r\n`
    }
    if (!/get-master-addr-by-name/i.test(command)) return '*0\r\n'
    const message = `*3\r\n${bulk('message')}${bulk('+switch-master')}${bulk('primary')}`
    if (reportsFailover) for (const subscriber of subscribers) subscriber.write(message)
    await delay(delayMs)
    return `*2\r\n${bulk(hostname)}${bulk(port)}`
  }
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {}).on('close', () => void [sockets, subscribers].map((set) => set.delete(socket)))
    let answered = Promise.resolve()
    socket.on('data', (chunk: Buffer) => {
      // A client may send several commands at once; each is an array (RESP, "Arrays").
      for (const command of chunk
        .toString()
        .split(/^\*\d+\r\n/m)
        .slice(1)) {
        answered = answered.then(async () => void socket.write(await answerTo(command, socket)))
      }
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    subscribers: () => subscribers.size,
    reportFailover: () => void (reportsFailover = true),
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((done) => server.close(done))
    },
  }
}

const withEnds = (redis: Redis): { redis: Redis; ends: string[] } => {
  const ends: string[] = []
  redis.on('error', () => {}).on('end', () => ends.push('end'))
  onTestFinished(() => redis.disconnect())
  return { redis, ends }
}
const ofWorker = (url: string): Redis => new Redis(redisOptions(url, { maxRetriesPerRequest: null }))

test.each([
  ['of a request', (url: string) => openRedis(url)],
  ['of a worker', async (url: string) => ofWorker(url)],
])(
  'a connection %s comes back although a ping times out while Sentinels are asked for the primary',
  async (_of, open) => {
    await using redis = await startRedis()
    await using sentinel = await startSlowSentinel(redis.url, 1_500)
    const { redis: connection, ends } = withEnds(await open(`redis+sentinel://${sentinel.address}/primary`))
    reconnectWhenSilent(connection)
    await vi.waitFor(() => expect(connection.status).toBe('ready'), 10_000)

    redis.pause()
    // A ping is sent every second; it times out two seconds later, while the Sentinel is asked.
    await delay(1_800)
    await redis.stop('SIGKILL')
    await redis.start()
    await vi.waitFor(async () => expect(await connection.ping()).toBe('PONG'), { timeout: 20_000, interval: 100 })
    expect(ends).toEqual([])
  },
  60_000,
)

test('a connection comes back although Sentinels report the failover while they are asked for the primary', async () => {
  await using redis = await startRedis()
  await using sentinel = await startSlowSentinel(redis.url, 300)
  const { redis: connection, ends } = withEnds(ofWorker(`redis+sentinel://${sentinel.address}/primary`))
  await vi.waitFor(() => expect(connection.status).toBe('ready'), 10_000)
  await vi.waitFor(() => expect(sentinel.subscribers()).toBe(1), 5_000)

  sentinel.reportFailover()
  await redis.stop('SIGKILL')
  await redis.start()
  await vi.waitFor(async () => expect(await connection.ping()).toBe('PONG'), { timeout: 20_000, interval: 100 })
  expect(ends).toEqual([])
}, 60_000)
