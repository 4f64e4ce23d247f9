import { afterAll, beforeAll, expect, test } from 'vitest'
import { freePort } from '../../server/db/embedded.ts'
import { encodeCursor } from '../../server/events/cursor.ts'
import { emulatorOf, type EmulatorClient } from '../harness/customer.ts'
import { openFleet, type Fleet } from '../harness/fleet.ts'
import { until, type RunningProcess } from '../harness/processes.ts'
import { startSentinels, type TestSentinels } from '../harness/sentinel.ts'
import { emitEvents } from './emitting.ts'
import { followEvents, sequencesAfter } from './following.ts'
import { lookUpUnrelayed } from '../../server/events/lookups.ts'

let sentinels: TestSentinels
let fleet: Fleet
let nodes: RunningProcess[]
let emulator: EmulatorClient

beforeAll(async () => {
  sentinels = await startSentinels()
  const [emulatorPort, apiPort] = [String(await freePort()), String(await freePort())]
  fleet = await openFleet({
    env: {
      REDIS_URL: sentinels.url,
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
}, 180_000)

afterAll(async () => {
  await fleet?.[Symbol.asyncDispose]()
  await sentinels?.[Symbol.asyncDispose]()
})

const stateOf = async ({ url }: RunningProcess) =>
  ((await (await fetch(`${url}/readyz`)).json()) as { status: string }).status

test.each([
  ['does not answer', 'SIGSTOP'],
  ['is killed', 'SIGKILL'],
] as const)(
  'when the primary %s under 50 events/s, Sentinels promote a replica, and no event is lost, duplicated or out of order',
  async (how, signal) => {
    const { app, shop } = fleet
    const customer = await emulator.customer(`+1 555 010 08${signal === 'SIGSTOP' ? 1 : 2}0`)
    await customer.write('hi')
    await until('the bot answers', async () => (await customer.answers()).length === 1)

    const from = (await app.log.bounds(shop.merchantId)).last
    const followers = Array.from({ length: 10 }, (_none, index) =>
      followEvents({ url: () => nodes[index % 2]?.url as string, headers: shop.key, after: encodeCursor(from) }),
    )
    await Promise.all(followers.map((follower) => follower.connected))
    const emitting = emitEvents(app, shop.merchantId, { count: 300, perSecond: 50 })
    await until('events flow', () => followers.every(({ sequences }) => sequences.length > 30))
    const losing = sentinels.losePrimary(signal)
    await customer.write('help')
    await losing
    await emitting
    await until(`no node is degraded after the primary ${how}`, async () =>
      (await Promise.all(nodes.map(stateOf))).every((state) => state === 'ok'),
    )

    await until('the message sent meanwhile is answered', async () => (await customer.answers()).length === 2, 45_000)
    await customer.write('menu')
    await until('the bot answers a new message', async () => (await customer.answers()).length === 3)
    await until('all events are relayed', async () => (await lookUpUnrelayed(app)).length === 0)
    // Status updates of the last answer may still add events.
    const { last } = await app.log.bounds(shop.merchantId)
    await until('all followers have every event', () =>
      followers.every(({ sequences }) => (sequences.at(-1) ?? 0) >= last),
    )
    for (const { sequences } of followers) expect(sequences).toEqual(sequencesAfter(from, sequences.length))
    expect(followers.flatMap(({ closes }) => closes)).toEqual([])
    for (const follower of followers) await follower[Symbol.asyncDispose]()
    expect(await fleet.graphql(nodes[0]?.url as string).run('{ deadJobs { edges { node { name reason } } } }')).toEqual(
      {
        deadJobs: { edges: [] },
      },
    )
    if (signal === 'SIGSTOP') await sentinels.resumeLost()
  },
  120_000,
)
