import { afterAll, beforeAll, expect, test } from 'vitest'
import { systemActor } from '../../server/auth/actor.ts'
import { freePort } from '../../server/db/embedded.ts'
import { withTenant } from '../../server/unit-of-work/unit-of-work.ts'
import { encodeCursor } from '../../server/events/cursor.ts'
import { queueMessage } from '../../server/features/conversations/messages/outgoing.ts'
import { emulatorOf, type EmulatedCustomer, type EmulatorClient } from '../harness/customer.ts'
import { openFleet, type Fleet } from '../harness/fleet.ts'
import { openGate, type Gate, type Verdict } from '../harness/gate.ts'
import { until, type RunningProcess } from '../harness/processes.ts'
import { tenantDb, type TenantDb } from '../harness/tenant-db.ts'
import { followEvents, sequencesAfter } from './following.ts'
import { lookUpUnrelayed } from '../../server/events/lookups.ts'

let fleet: Fleet
let emulator: EmulatorClient
/** The gate between worker and emulator. */
let gate: Gate
let api: RunningProcess
let worker: RunningProcess
let db: TenantDb

beforeAll(async () => {
  const emulatorPort = String(await freePort())
  const apiPort = String(await freePort())
  gate = await openGate(`http://127.0.0.1:${emulatorPort}`)
  fleet = await openFleet({
    env: {
      // Minutes in production; seconds here, but long enough for the queue to find the jobs of a killed process again.
      MESSAGE_RECONCILE_SECONDS: '3,4,5',
      WHATSAPP_API_URL: `${gate.url}/_emulator`,
      WHATSAPP_WEBHOOK_URL: `http://127.0.0.1:${apiPort}/webhooks/whatsapp`,
    },
  })
  db = tenantDb(fleet.app.database, fleet.shop.merchantId)
  const [node, whatsapp] = await Promise.all([
    fleet.start('api', { PORT: apiPort }),
    fleet.start('emulator', { PORT: emulatorPort }),
  ])
  api = node
  worker = await fleet.start('worker')
  emulator = emulatorOf(whatsapp.url, fleet.shop.phoneNumberId)
}, 90_000)

afterAll(async () => {
  await gate?.[Symbol.asyncDispose]()
  await fleet?.[Symbol.asyncDispose]()
})

type Chat = { customer: EmulatedCustomer; conversationId: string }

/** A customer who has written, so that staff may answer, with the id of the conversation. */
async function writingCustomer(phone: string): Promise<Chat> {
  const customer = await emulator.customer(phone)
  const wamid = await customer.write('hello')
  const { conversationId } = await until('the message is ingested', () => db.message.findFirst({ where: { wamid } }))
  return { customer, conversationId }
}

const reply = (conversationId: string, text: string): Promise<unknown> =>
  fleet
    .graphql(api.url)
    .run(
      'mutation ($input: SendMessageInput!) { sendMessage(input: $input) { __typename ... on Message { id } ... on Error { message } } }',
      { input: { conversationId, text } },
    )

const textsOf = async ({ chat }: EmulatedCustomer): Promise<string[]> =>
  (await chat()).flatMap(({ from, body }) => (from === 'shop' && body.kind === 'text' ? [body.text] : []))

const delayedSends = async (): Promise<string[]> =>
  (await fleet.app.queues.queue('message_sending').getDelayed()).map((job) => job.id ?? '')

/** Resolves when no job is left that could send a message. */
const jobsDone = () =>
  until(
    'all jobs are done',
    async () => {
      const counts = await Promise.all(
        (['relay', 'message_sending'] as const).map((name) =>
          fleet.app.queues.queue(name).getJobCounts('waiting', 'active', 'delayed', 'prioritized'),
        ),
      )
      return counts.flatMap((one) => Object.values(one)).every((count) => count === 0)
    },
    60_000,
  )

async function replaceWorker(): Promise<void> {
  worker.kill('SIGKILL')
  await worker.exited
  worker = await fleet.start('worker')
}

test('when a worker is killed between commit and relay, the event arrives and its jobs run', async () => {
  const { customer, conversationId } = await writingCustomer('+1 555 010 0401')
  await jobsDone()
  const from = (await fleet.app.log.bounds(fleet.shop.merchantId)).last
  await using follower = followEvents({ url: () => api.url, headers: fleet.shop.key, after: encodeCursor(from) })
  await follower.connected
  // A stopped worker keeps its connections and locks and does nothing, so the events are committed and not relayed.
  worker.kill('SIGSTOP')
  await customer.write('is anybody there?')
  await reply(conversationId, 'Yes, we are.')
  await until('both are in the log', async () => (await fleet.app.log.bounds(fleet.shop.merchantId)).last >= from + 2)
  expect(await lookUpUnrelayed(fleet.app)).toEqual([fleet.shop.merchantId])

  worker.kill('SIGKILL')
  await worker.exited
  // As if the api had also been killed between its commit and the request for the relay.
  await fleet.app.queues.queue('relay').obliterate({ force: true })
  worker = await fleet.start('worker')
  // The sweeper relays within a second; the sweep of unsent messages would act only after twenty seconds.
  await until('the answer reaches the phone', async () => (await textsOf(customer)).includes('Yes, we are.'), 10_000)
  await until('all events are relayed', async () => (await lookUpUnrelayed(fleet.app)).length === 0)
  const { last } = await fleet.app.log.bounds(fleet.shop.merchantId)
  await until('the follower has all events', () => (follower.sequences.at(-1) ?? 0) >= last)
  expect(follower.sequences).toEqual(sequencesAfter(from, follower.sequences.length))
}, 60_000)

/** Queues a notice about an order. */
const notify = (conversationId: string, body: string): Promise<string> =>
  withTenant(fleet.app, systemActor(fleet.shop.merchantId), (unit) =>
    queueMessage(unit, { conversationId, author: 'SYSTEM', purpose: 'ORDER_NOTICE', content: { kind: 'text', body } }),
  )
const reaches = (text: string, status: 'DELIVERED' | 'UNKNOWN') =>
  until(`"${text}" is ${status}`, () => db.message.findFirst({ where: { text, status } }), 60_000)

test('when a worker is killed before or after WhatsApp has its message, no message arrives twice, and a message that may be lost is UNKNOWN', async () => {
  const phones = ['+1 555 010 0402', '+1 555 010 0403', '+1 555 010 0405']
  const [taken, untaken, notified] = (await Promise.all(phones.map(writingCustomer))) as [Chat, Chat, Chat]
  const texts = new Map<string, Verdict>([
    ['It was sent.', 'hold-answer'],
    ['It was not sent.', 'hold-request'],
    ['Your order is ready.', 'hold-request'],
  ])
  gate.judge((body) => {
    for (const [text, verdict] of texts) {
      if (!body.includes(text)) continue
      texts.delete(text)
      return verdict
    }
    return 'pass'
  })
  await reply(taken.conversationId, 'It was sent.')
  await reply(untaken.conversationId, 'It was not sent.')
  await notify(notified.conversationId, 'Your order is ready.')
  for (let held = 0; held < 3; held++) await gate.nextHeld()
  expect([await textsOf(taken.customer), await textsOf(untaken.customer)]).toEqual([['It was sent.'], []])

  await replaceWorker()
  // A reply is not repeated: staff see that it may be lost, and send it again. A notice is repeated, and may arrive twice.
  const { id } = await reaches('It was not sent.', 'UNKNOWN')
  await reaches('Your order is ready.', 'DELIVERED')
  const again = `mutation ($id: ID!) { settleMessage(input: { messageId: $id, action: SEND_AGAIN }) { ... on Message { status } } }`
  expect(await fleet.graphql(api.url).run(again, { id })).toEqual({ settleMessage: { status: 'QUEUED' } })
  await reaches('It was not sent.', 'DELIVERED')
  await jobsDone()
  const seen = await Promise.all([taken, untaken, notified].map(({ customer }) => textsOf(customer)))
  expect(seen).toEqual([['It was sent.'], ['It was not sent.'], ['Your order is ready.']])
}, 150_000)

test('when WhatsApp sends neither an answer nor a status update, a reply is sent once and a notice twice, and then both are UNKNOWN', async () => {
  const { conversationId } = await writingCustomer('+1 555 010 0406')
  const sends: string[] = []
  gate.judge((body) => {
    const text = ['Are you there?', 'Please pay.'].find((one) => body.includes(one))
    if (text) sends.push(text)
    return 'pass'
  })
  await emulator.call('/deliveries', { do: 'hold' })
  await emulator.call('/faults', { effect: 'drop', accepted: true, when: 'always' })
  await reply(conversationId, 'Are you there?')
  await notify(conversationId, 'Please pay.')
  await reaches('Are you there?', 'UNKNOWN')
  await reaches('Please pay.', 'UNKNOWN')
  await jobsDone()
  expect(sends.toSorted()).toEqual(['Are you there?', 'Please pay.', 'Please pay.'])
  await emulator.call('/deliveries', { do: 'release' })
  await reaches('Are you there?', 'DELIVERED')
  await reaches('Please pay.', 'DELIVERED')
  await emulator.clearFaults()
}, 120_000)

test('a status update that arrives late, but before the reconciliation ends, prevents a second send', async () => {
  const { customer, conversationId } = await writingCustomer('+1 555 010 0407')
  let sends = 0
  gate.judge((body) => (body.includes('See you at five.') ? (sends++ === 0 ? 'hold-answer' : 'pass') : 'pass'))
  await emulator.call('/deliveries', { do: 'hold' })
  const id = await notify(conversationId, 'See you at five.')
  await gate.nextHeld()
  // The second send would be due at any moment: only the status update prevents it.
  await db.message.update({ where: { id }, data: { attemptedAt: new Date(Date.now() + 20_000) } })
  await replaceWorker()
  await until(
    'another worker has delayed the send',
    async () => (await delayedSends()).some((one) => one.includes(id)),
    45_000,
  )
  await emulator.call('/deliveries', { do: 'release' })
  await reaches('See you at five.', 'DELIVERED')
  await jobsDone()
  expect([sends, await textsOf(customer)]).toEqual([1, ['See you at five.']])
}, 120_000)

test('when an answer of WhatsApp is lost, the message is recognised by its status update and not sent again', async () => {
  const { customer, conversationId } = await writingCustomer('+1 555 010 0404')
  // The message is recognised by its status updates, which arrive after the sender has given up on the answer.
  await emulator.call('/deliveries', { do: 'hold' })
  await emulator.call('/faults', { effect: 'drop', accepted: true })
  await reply(conversationId, 'Did you get this?')
  const held = await until('the send has no answer', () =>
    db.message.findFirst({ where: { conversationId, attempts: 1 } }),
  )
  expect(held).toMatchObject({ status: 'QUEUED', wamid: null })
  await emulator.call('/deliveries', { do: 'release' })
  await until('the status update is applied', () =>
    db.message.findFirst({ where: { id: held.id, status: 'DELIVERED', wamid: { not: null } } }),
  )
  await jobsDone()
  expect(await textsOf(customer)).toEqual(['Did you get this?'])
}, 60_000)
