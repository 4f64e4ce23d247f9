import { constants, getPriority } from 'node:os'
import { afterAll, beforeAll, expect, test } from 'vitest'
import pg from 'pg'
import { freePort } from '../../server/db/embedded.ts'
import { encodeCursor } from '../../server/events/cursor.ts'
import { emulatorOf, type EmulatorClient } from '../harness/customer.ts'
import { openFleet, type Fleet } from '../harness/fleet.ts'
import { openGate, type Gate } from '../harness/gate.ts'
import { ready, until, type RunningProcess } from '../harness/processes.ts'
import { tenantDb, type TenantDb } from '../harness/tenant-db.ts'
import { followEvents } from './following.ts'

const STOP_MS = 15_000

let fleet: Fleet
let db: TenantDb
let emulator: EmulatorClient
let apiPort: string
let api: RunningProcess
let other: RunningProcess
/** The gates between worker and emulator, and between bot and api. */
let sendingGate: Gate
let botGate: Gate

beforeAll(async () => {
  const emulatorPort = String(await freePort())
  apiPort = String(await freePort())
  sendingGate = await openGate(`http://127.0.0.1:${emulatorPort}`)
  fleet = await openFleet({
    env: {
      WHATSAPP_API_URL: `${sendingGate.url}/_emulator`,
      WHATSAPP_WEBHOOK_URL: `http://127.0.0.1:${apiPort}/webhooks/whatsapp`,
      BOT_LEASE_SECONDS: '20',
    },
  })
  db = tenantDb(fleet.app.database, fleet.shop.merchantId)
  const [node, whatsapp] = await Promise.all([
    fleet.start('api', { PORT: apiPort }),
    fleet.start('emulator', { PORT: emulatorPort }),
  ])
  api = node
  other = whatsapp
  botGate = await openGate(api.url)
  emulator = emulatorOf(whatsapp.url, fleet.shop.phoneNumberId)
}, 90_000)

afterAll(async () => {
  for (const gate of [sendingGate, botGate]) await gate?.[Symbol.asyncDispose]()
  await fleet?.[Symbol.asyncDispose]()
})

/** Stops the process with SIGTERM, runs `meanwhile`, and expects exit code 0 within STOP_MS. */
async function expectStop(running: RunningProcess, meanwhile: () => Promise<void>): Promise<void> {
  const signalledAt = Date.now()
  running.kill('SIGTERM')
  await meanwhile()
  expect(await running.exited, running.output()).toEqual({ code: 0, signal: null })
  expect(Date.now() - signalledAt).toBeLessThan(STOP_MS)
}

test('a bot that is told to stop finishes its current turn', async () => {
  const worker = await fleet.start('worker')
  const bot = await fleet.startBot(botGate.url)
  botGate.judge((body) => (body.includes('"operationName":"CompleteTurn"') ? 'hold-request' : 'pass'))
  const customer = await emulator.customer('+1 555 010 0601')
  await customer.write('hi')
  const held = await botGate.nextHeld()
  await expectStop(bot, async () => {
    await until('the bot is stopping', () => bot.output().includes('bot stopping'))
    held.release()
  })
  await until('the answer reaches the phone', async () => (await customer.answers()).length === 1)
  expect(await db.botTurn.findMany({ select: { status: true, attempts: true } })).toEqual([
    { status: 'DONE', attempts: 1 },
  ])
  await expectStop(worker, async () => {})
}, 60_000)

test('workers and bots run with a lower process priority than the api', async () => {
  const worker = await fleet.start('worker')
  const bot = await fleet.startBot(api.url)
  const { PRIORITY_NORMAL, PRIORITY_BELOW_NORMAL } = constants.priority
  expect([api, worker, bot].map(({ pid }) => getPriority(pid) - getPriority())).toEqual([
    PRIORITY_NORMAL,
    PRIORITY_BELOW_NORMAL,
    PRIORITY_BELOW_NORMAL,
  ])
  await expectStop(bot, async () => {})
  await expectStop(worker, async () => {})
}, 60_000)

test('a worker that is told to stop waits for the answer to its current send', async () => {
  const worker = await fleet.start('worker')
  const { id: conversationId } = await db.conversation.findFirstOrThrow()
  sendingGate.judge((body) => (body.includes('Held back') ? 'hold-answer' : 'pass'))
  await fleet
    .graphql(api.url)
    .run('mutation ($input: SendMessageInput!) { sendMessage(input: $input) { __typename } }', {
      input: { conversationId, text: 'Held back' },
    })
  const held = await sendingGate.nextHeld()
  await expectStop(worker, async () => {
    await until('the worker is stopping', () => worker.output().includes('stopping'))
    held.release()
  })
  expect(await db.message.findMany({ where: { text: 'Held back' }, select: { attempts: true, wamid: true } })).toEqual([
    { attempts: 1, wamid: expect.any(String) },
  ])
}, 60_000)

test('an api node that is told to stop answers running requests, closes its sockets with 1001 and removes its bot connection', async () => {
  const worker = await fleet.start('worker')
  const bot = await fleet.startBot(api.url)
  await until(
    'the bot is connected',
    async () => (await fleet.app.database.pool.query('SELECT 1 FROM bot_connection')).rowCount === 1,
  )
  await using follower = followEvents({ url: () => api.url, headers: fleet.shop.key, after: encodeCursor(0) })
  await follower.connected
  const { id } = await db.conversation.findFirstOrThrow()
  // Marking a conversation as read locks its row, so the request runs while the test holds the lock.
  const lock = new pg.Client({ connectionString: fleet.app.database.url })
  lock.on('error', () => {})
  await lock.connect()
  await lock.query('BEGIN')
  await lock.query(`SELECT set_config('app.merchant_id', $1, true)`, [fleet.shop.merchantId])
  await lock.query('SELECT 1 FROM conversation WHERE id = $1 FOR UPDATE', [id])
  const runningRequest = fleet
    .graphql(api.url)
    .send('mutation ($input: ConversationActionInput!) { markConversationRead(input: $input) { __typename } }', {
      input: { conversationId: id },
    })
  await until(
    'the request waits for the lock',
    async () =>
      (
        await lock.query(
          `SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`,
        )
      ).rowCount,
  )

  await expectStop(api, async () => {
    await until('sockets are closed', () => follower.closes.length > 0)
    await lock.query('COMMIT')
    const { status, data, errors } = await runningRequest
    expect({ status, data, errors }).toMatchObject({
      status: 200,
      data: { markConversationRead: { __typename: expect.any(String) } },
      errors: undefined,
    })
  })
  await lock.end()
  expect(follower.closes[0]).toBe(1001)
  // The node removes the connection when it stops, not after the connection has expired.
  expect((await fleet.app.database.pool.query('SELECT 1 FROM bot_connection')).rowCount).toBe(0)
  expect(bot.exit()).toBeUndefined()
  api = await fleet.start('api', { PORT: apiPort })
  await expectStop(bot, async () => {})
  await expectStop(worker, async () => {})
}, 90_000)

test('shops get events when the bot connects and disconnects, even when the api node of its connection is killed', async () => {
  await fleet.start('worker')
  await until('the shop shows no bot', async () => !(await db.merchant.findFirst())?.botOnline)
  const from = (await fleet.app.log.bounds(fleet.shop.merchantId)).last
  const botEvents = async () =>
    (await fleet.app.log.after(fleet.shop.merchantId, from, 100))
      .map(({ type }) => type)
      .filter((type) => type.startsWith('bot_'))
  // The subscription runs on the other node, since the first one is killed.
  const subscription = fleet
    .graphql(other.url)
    .subscribe('subscription { events(types: [bot_connected, bot_disconnected]) { type } }')
  await subscription.connected

  const bot = await fleet.startBot(api.url)
  await until('the bot is connected', async () => (await botEvents()).length === 1)
  api.kill('SIGKILL')
  await api.exited
  await until('the bot is disconnected', async () => (await botEvents()).length === 2)
  api = fleet.spawn('api', { PORT: apiPort })
  await ready(api, 'api')
  await until('the bot is connected again', async () => (await botEvents()).length === 3)
  bot.kill('SIGKILL')
  await until('the bot is disconnected again', async () => (await botEvents()).length === 4, 5_000)
  const types = ['bot_connected', 'bot_disconnected', 'bot_connected', 'bot_disconnected']
  expect(await botEvents()).toEqual(types)
  for (const type of types) expect((await subscription.next()).data?.events).toEqual({ type })
  await subscription[Symbol.asyncDispose]()
}, 90_000)
