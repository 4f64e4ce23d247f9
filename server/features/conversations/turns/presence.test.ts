import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { emulatorOf } from '../../../../test/harness/phone.ts'
import { createTestShop } from '../../../../test/harness/shop.ts'
import { startTestStoreline, type TestStoreline } from '../../../../test/harness/storeline.ts'
import type { Subscription } from '../../../../test/harness/graphql-client.ts'
import { publishPresence, botWatchdog } from './presence.ts'

const KEY = 'the-key-of-the-bots-of-this-test'
let storeline: TestStoreline
beforeAll(async () => {
  storeline = await startTestStoreline({ roles: ['api', 'worker', 'emulator'], env: { BOT_API_KEY: KEY } })
})
afterAll(() => storeline[Symbol.asyncDispose]())

const bot = () => storeline.graphql({ authorization: `Bearer ${KEY}` })
const online = async () =>
  (await storeline.graphql(storeline.shop.key).run<{ merchant: { botOnline: boolean } }>('{ merchant { botOnline } }'))
    .merchant.botOnline
const presence = async (merchantId = storeline.shop.merchantId) =>
  (await storeline.app.log.after(merchantId, 0, 500)).map(({ type }) => type).filter((type) => type.startsWith('bot_'))
const connect = async (): Promise<Subscription> => {
  const turns = bot().subscribe('subscription { botTurns { at } }')
  // The first signal comes at once: there may be work.
  expect((await turns.next()).data).toMatchObject({ botTurns: { at: expect.any(String) } })
  return turns
}

test('every shop gets an event when the first bot connects and when the last one disconnects', async () => {
  const { app } = storeline
  const other = await createTestShop(app)
  const first = await connect()
  await vi.waitFor(async () => expect(await presence()).toEqual(['bot_connected']), 5_000)
  await vi.waitFor(async () => expect(await online()).toBe(true), 5_000)
  const second = await connect()
  await first[Symbol.asyncDispose]()
  await publishPresence(app)
  expect(await presence()).toEqual(['bot_connected'])
  await second[Symbol.asyncDispose]()
  await vi.waitFor(async () => expect(await presence()).toEqual(['bot_connected', 'bot_disconnected']), 5_000)
  await vi.waitFor(
    async () => expect(await presence(other.merchantId)).toEqual(['bot_connected', 'bot_disconnected']),
    5_000,
  )
  await vi.waitFor(async () => expect(await online()).toBe(false), 5_000)
})

test('the watchdog ends the connection of a bot whose server crashed', async () => {
  const { app } = storeline
  const before = (await presence()).length
  await app.database.pool.query('INSERT INTO bot_connection (id) VALUES (gen_random_uuid())')
  await botWatchdog.run(app)
  expect((await presence()).slice(before)).toEqual(['bot_connected'])
  await app.database.pool.query(`UPDATE bot_connection SET last_seen_at = now() - interval '13 seconds'`)
  await Promise.all([botWatchdog.run(app), botWatchdog.run(app), publishPresence(app)])
  expect((await presence()).slice(before)).toEqual(['bot_connected', 'bot_disconnected'])
})

test('a message signals the bot, and its answer sends a read receipt', async () => {
  await using turns = await connect()
  const phone = await emulatorOf(storeline).phone({ phone: '+15550700001' })
  const wamid = await phone.write('hello')
  await turns.next()
  const { claimTurn } = await bot().run<{ claimTurn: { lease: string } }>('mutation { claimTurn { lease } }')
  const complete =
    'mutation ($lease: String!) { completeTurn(input: { lease: $lease, state: {}, replies: [{ text: { body: "hi" } }] }) { __typename } }'
  expect(await bot().run(complete, { lease: claimTurn.lease })).toEqual({
    completeTurn: { __typename: 'CompletedTurn' },
  })
  await vi.waitFor(async () => {
    const chat = await phone.chat()
    expect(chat.find((message) => message.wamid === wamid)?.status).toBe('read')
    expect(chat.filter(({ from }) => from === 'shop')).toHaveLength(1)
  }, 5_000)
})
