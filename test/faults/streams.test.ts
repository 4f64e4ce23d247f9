import { afterAll, beforeAll, expect, test } from 'vitest'
import { setTimeout as delay } from 'node:timers/promises'
import { encodeCursor } from '../../server/events/cursor.ts'
import { openFleet, type Fleet } from '../harness/fleet.ts'
import { freePort } from '../../server/db/embedded.ts'
import { emulatorOf, type EmulatorClient } from '../harness/customer.ts'
import { until, type RunningProcess } from '../harness/processes.ts'
import { emitEvents } from './emitting.ts'
import { followEvents, sequencesAfter, type Follower } from './following.ts'

let fleet: Fleet
let emulator: EmulatorClient
let nodes: RunningProcess[]

beforeAll(async () => {
  const emulatorPort = String(await freePort())
  const apiPort = String(await freePort())
  fleet = await openFleet({
    env: {
      WHATSAPP_API_URL: `http://127.0.0.1:${emulatorPort}/_emulator`,
      WHATSAPP_WEBHOOK_URL: `http://127.0.0.1:${apiPort}/webhooks/whatsapp`,
    },
  })
  const [first, second, whatsapp] = await Promise.all([
    fleet.start('api,worker', { PORT: apiPort }),
    fleet.start('api'),
    fleet.start('emulator', { PORT: emulatorPort }),
  ])
  nodes = [first, second]
  emulator = emulatorOf(whatsapp.url, fleet.shop.phoneNumberId)
  await fleet.startBot(first.url)
}, 90_000)

afterAll(() => fleet?.[Symbol.asyncDispose]())

const logEnd = async (): Promise<number> => (await fleet.app.log.bounds(fleet.shop.merchantId)).last

/** Connects followers to all nodes in turn; with `moving` each reconnects to the next node. */
async function followAll(count: number, from: number, moving = false): Promise<Follower[]> {
  const followers = Array.from({ length: count }, (_none, index) => {
    let connections = index
    const url = () => nodes[(moving ? connections++ : index) % nodes.length]?.url as string
    return followEvents({ url, headers: fleet.shop.key, after: encodeCursor(from) })
  })
  await Promise.all(followers.map((follower) => follower.connected))
  return followers
}

async function expectEveryEventOnce(followers: Follower[], from: number): Promise<void> {
  const last = await logEnd()
  await until(`all followers have event ${last}`, () => followers.every(({ sequences }) => sequences.at(-1) === last))
  for (const { sequences } of followers) expect(sequences).toEqual(sequencesAfter(from, last - from))
}

test('when Redis is killed, loses its data and comes back under 50 events/s, every subscriber gets every event once and in order, and messages continue', async () => {
  const customer = await emulator.customer('+1 555 010 0301')
  await customer.write('hi')
  await until('the bot answers', async () => (await customer.answers()).length === 1)

  const from = await logEnd()
  const followers = await followAll(20, from)
  const emitting = emitEvents(fleet.app, fleet.shop.merchantId, { count: 300, perSecond: 50 })
  await until('events flow', () => followers.every(({ sequences }) => sequences.length > 30))
  await fleet.redis.stop('SIGKILL')
  await customer.write('help')
  await delay(1_500)
  await fleet.redis.start()
  await emitting

  await until('the bot answers the message sent meanwhile', async () => (await customer.answers()).length === 2)
  await customer.write('menu')
  await until('the bot answers a new message', async () => (await customer.answers()).length === 3)
  await expectEveryEventOnce(followers, from)
  expect(followers.flatMap(({ closes }) => closes)).toEqual([])
  expect(nodes.map((node) => node.exit())).toEqual([undefined, undefined])
  for (const follower of followers) await follower[Symbol.asyncDispose]()
}, 60_000)

test('when an api node is killed under load, its subscribers resume at the other node after their cursors', async () => {
  const from = await logEnd()
  const followers = await followAll(20, from, true)
  const emitting = emitEvents(fleet.app, fleet.shop.merchantId, { count: 200, perSecond: 50 })
  await until('events flow', () => followers.every(({ sequences }) => sequences.length > 30))
  const [, victim] = nodes
  victim?.kill('SIGKILL')
  await victim?.exited
  await emitting
  await expectEveryEventOnce(followers, from)
  expect(followers.filter(({ closes }) => closes.includes(1006))).toHaveLength(10)
  for (const follower of followers) await follower[Symbol.asyncDispose]()
}, 60_000)
