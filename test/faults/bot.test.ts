import { afterAll, beforeAll, expect, test } from 'vitest'
import { emulatorOf, type EmulatedCustomer, type EmulatorClient } from '../harness/customer.ts'
import { openFleet, type Fleet } from '../harness/fleet.ts'
import { openGate, type Gate, type Verdict } from '../harness/gate.ts'
import { until, type RunningProcess } from '../harness/processes.ts'
import { tenantDb } from '../harness/tenant-db.ts'

const WRITTEN = ['hi', 'products', 'help']

let fleet: Fleet
let emulator: EmulatorClient
let apiUrl: string
/** The answers to WRITTEN when no fault disturbs the bot. */
let expected: string[]
let gates: Gate[] = []
let bots: RunningProcess[] = []

beforeAll(async () => {
  fleet = await openFleet({ env: { BOT_LEASE_SECONDS: '3', BOT_RETRY_SECONDS: '0,1,2,3,4,5,5,5,5,5,5,5' } })
  const { url } = await fleet.start('emulator,api,worker')
  apiUrl = url
  emulator = emulatorOf(url, fleet.shop.phoneNumberId)
  gates = await Promise.all([openGate(apiUrl), openGate(apiUrl)])
  bots = await Promise.all(gates.map((gate) => fleet.startBot(gate.url)))
  const customer = await emulator.customer('+1 555 010 0201')
  for (const text of WRITTEN) await customer.write(text)
  await answered(customer)
  expected = await customer.answers()
}, 90_000)

afterAll(async () => {
  for (const gate of gates) await gate[Symbol.asyncDispose]()
  await fleet?.[Symbol.asyncDispose]()
})

/** Resolves when every turn of the customer is done and every answer has reached the phone. */
async function answered({ phone, answers }: EmulatedCustomer, messages = WRITTEN.length): Promise<void> {
  const db = tenantDb(fleet.app.database, fleet.shop.merchantId)
  const mine = {
    conversation: { customer: { identities: { some: { value: { endsWith: phone.replace(/\D/g, '') } } } } },
  }
  await until(
    `${phone} is answered`,
    async () => (await db.botTurn.count({ where: { status: 'DONE', message: mine } })) === messages,
  )
  await until(
    'all answers are sent',
    async () =>
      (await db.message.count({
        where: { direction: 'OUTBOUND', status: { in: ['QUEUED', 'ACCEPTED'] }, ...mine },
      })) === 0,
  )
  const sent = await db.message.count({ where: { direction: 'OUTBOUND', ...mine } })
  expect(await answers()).toHaveLength(sent)
}

test.each<{ moment: string; verdict: Verdict; phone: string }>([
  { moment: 'before the server received its answer', verdict: 'hold-request', phone: '+1 555 010 0202' },
  { moment: 'after the server stored its answer', verdict: 'hold-answer', phone: '+1 555 010 0203' },
])(
  'when a bot is killed between claim and completion, $moment, the customer gets every answer once and in order',
  async ({ verdict, phone }) => {
    const customer = await emulator.customer(phone)
    let held = 0
    const once = (body: string): Verdict =>
      body.includes('"operationName":"CompleteTurn"') && held++ === 0 ? verdict : 'pass'
    for (const gate of gates) gate.judge(once)
    for (const text of WRITTEN) await customer.write(text)
    const victim = await Promise.race(gates.map(async (gate, index) => (await gate.nextHeld(), index)))
    bots[victim]?.kill('SIGKILL')
    expect(await bots[victim]?.exited).toEqual({ code: null, signal: 'SIGKILL' })

    await answered(customer)
    expect(await customer.answers()).toEqual(expected)
    bots[victim] = await fleet.startBot(gates[victim]?.url as string)
  },
  60_000,
)

test('when bots are killed repeatedly during one turn, other customers are answered meanwhile, and a bot answers this one afterwards', async () => {
  const [customer, other] = await Promise.all(
    ['+1 555 010 0205', '+1 555 010 0206'].map((phone) => emulator.customer(phone)),
  )
  if (!customer || !other) throw new Error('no customers')
  const db = tenantDb(fleet.app.database, fleet.shop.merchantId)
  let turnId = ''
  for (const gate of gates)
    gate.judge((body) =>
      body.includes('"operationName":"CompleteTurn"') && body.includes(turnId) ? 'hold-request' : 'pass',
    )
  const wamid = await customer.write('hi')
  for (let kill = 1; kill <= 4; kill++) {
    const victim = await Promise.race(gates.map(async (gate, index) => (await gate.nextHeld(), index)))
    bots[victim]?.kill('SIGKILL')
    await bots[victim]?.exited
    turnId ||= (await db.botTurn.findFirstOrThrow({ where: { message: { wamid } } })).id
    for (const gate of gates)
      gate.judge((body) =>
        kill < 4 && body.includes('CompleteTurn') && body.includes(turnId) ? 'hold-request' : 'pass',
      )
    if (kill === 2) {
      await other.write('hi')
      await answered(other, 1)
      expect(await customer.answers()).toEqual([])
    }
    bots[victim] = await fleet.startBot(gates[victim]?.url as string)
  }
  await answered(customer, 1)
  expect(await customer.answers()).toEqual(expected.slice(0, 1))
  const turn = await db.botTurn.findUniqueOrThrow({ where: { id: turnId }, include: { conversation: true } })
  expect(turn).toMatchObject({ failures: 0, conversation: { mode: 'BOT' } })
  expect(turn.lostLeases).toBeGreaterThanOrEqual(4)
}, 150_000)

test('a webhook delivered five times in sequence and twice in parallel creates one message and one answer', async () => {
  const customer = await emulator.customer('+1 555 010 0204')
  const wamid = await customer.write('hi')
  await emulator.call('/deliveries', { do: 'redeliver', wamid, times: 4 })
  await emulator.call('/deliveries', { do: 'redeliver', wamid, times: 2, atOnce: true })
  await answered(customer, 1)
  await emulator.call('/deliveries', { do: 'redeliver', wamid, times: 2, atOnce: true })
  await answered(customer, 1)
  expect(await customer.answers()).toEqual(expected.slice(0, 1))
  const { attempts } = await emulator.call<{ attempts: { status: number }[] }>('/deliveries')
  expect(attempts.length).toBeGreaterThanOrEqual(9)
})
