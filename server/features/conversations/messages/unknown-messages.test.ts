import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { execute } from '../../../../test/harness/app.ts'
import { tell } from '../../../../test/harness/conversations.ts'
import { emulatorOf, type Phone } from '../../../../test/harness/phone.ts'
import { createStaff } from '../../../../test/harness/shop.ts'
import { startTestStoreline, type TestStoreline } from '../../../../test/harness/storeline.ts'
import { tenantDb, type TenantDb } from '../../../../test/harness/tenant-db.ts'
import type { TenantActor } from '../../../auth/actor.ts'
import { withTenant } from '../../../unit-of-work/unit-of-work.ts'
import type { MessagePurpose } from '../../../generated/prisma/enums.ts'
import { TryLaterError } from '../../../jobs/kit.ts'
import type { StatusUpdate } from '../../../whatsapp/webhook.ts'
import { sendMessageJob } from '../jobs.ts'
import { queueMessage } from './outgoing.ts'
import { SENDING_POLICIES } from './sending-policy.ts'
import { sendQueuedMessage } from './sending.ts'

// No worker: the tests run the sending themselves, and let time pass by setting back when a try began.
let storeline: TestStoreline
let db: TenantDb
let phone: Phone
let conversationId: string
let control: ReturnType<typeof emulatorOf>['control']
/** Every request to send, by the id of the message. */
const sends: string[] = []

beforeAll(async () => {
  storeline = await startTestStoreline({ roles: ['api', 'emulator'] })
  db = tenantDb(storeline.app.database, storeline.shop.merchantId)
  control = emulatorOf(storeline).control
  await control('/schedule', { sentMs: 0, deliveredMs: 0, readMs: null })
  const { whatsapp } = storeline.app
  storeline.app.whatsapp = {
    ...whatsapp,
    sendMessage: (number, message) => {
      sends.push(message.opaqueId)
      return whatsapp.sendMessage(number, message)
    },
  }
})
afterAll(() => storeline[Symbol.asyncDispose]())

let phones = 15_550_610_000
beforeEach(async () => {
  await fetch(`${storeline.url}/_emulator/control/faults`, { method: 'DELETE' })
  await control('/deliveries', { do: 'release' })
  const number = String(++phones)
  phone = await emulatorOf(storeline).phone({ phone: `+${number}` })
  await phone.write('hello')
  await vi.waitFor(async () => {
    conversationId = (
      await db.conversation.findFirstOrThrow({ where: { customer: { identities: { some: { value: number } } } } })
    ).id
  }, 5_000)
})

const queue = (purpose: MessagePurpose = 'REPLY') =>
  withTenant(storeline.app, storeline.shop.owner, (unit) =>
    queueMessage(unit, { conversationId, author: 'STAFF', purpose, content: { kind: 'text', body: 'Yes.' } }),
  )
const attempt = (id: string): Promise<number | null> =>
  sendQueuedMessage(storeline.app, storeline.shop.merchantId, id, { signal: new AbortController().signal }).then(
    () => null,
    (error: unknown) => {
      if (error instanceof TryLaterError) return error.delayMs
      throw error
    },
  )
const read = (id: string) => db.message.findUniqueOrThrow({ where: { id } })
const sendsOf = (id: string) => sends.filter((one) => one === id).length
const began = (id: string, secondsAgo: number) =>
  db.message.update({ where: { id }, data: { attemptedAt: new Date(Date.now() - secondsAgo * 1000) } })
const lose = (accepted: boolean, when: object | 'always' = { next: 1 }) =>
  control('/faults', { customerId: phone.customerId, effect: 'drop', accepted, when })
const events = async (id: string) =>
  (await storeline.app.log.about(storeline.shop.merchantId, id, 100)).map(({ data }) => data)
const status = (id: string, reported: StatusUpdate['status'], more: Partial<StatusUpdate> = {}): StatusUpdate => ({
  phoneNumberId: storeline.shop.phoneNumberId,
  wamid: `wamid.${id}`,
  status: reported,
  occurredAt: new Date(),
  opaqueId: id,
  recipient: {},
  ...more,
})

/** A message of which nobody knows whether it arrived. */
async function unknownMessage(purpose: MessagePurpose = 'REPLY'): Promise<string> {
  const id = await queue(purpose)
  await lose(false, 'always')
  for (let looks = 0; looks < 10 && (await read(id)).status !== 'UNKNOWN'; looks++) {
    await attempt(id)
    if ((await read(id)).attemptedAt) await began(id, 3_600)
  }
  await fetch(`${storeline.url}/_emulator/control/faults`, { method: 'DELETE' })
  expect(await read(id)).toMatchObject({ status: 'UNKNOWN', wamid: null })
  return id
}

type Settled = { __typename: string; status?: string; presumed?: boolean; allowedActions?: string[]; message?: string }
const MESSAGE = '... on Message { status presumed allowedActions }'
const settle = async (messageId: string, action: string, actor: TenantActor = storeline.shop.owner, key?: string) =>
  (
    await execute<{ settleMessage: Settled }>(
      storeline.app,
      actor,
      `mutation ($input: SettleMessageInput!) { settleMessage(input: $input) { __typename ${MESSAGE}
        ... on MessageNotUnknownError { status } ... on Error { message } } }`,
      { input: { messageId, action, ...(key ? { idempotencyKey: key } : {}) } },
    )
  ).settleMessage
const shown = async (id: string, actor: TenantActor = storeline.shop.owner): Promise<Settled | undefined> => {
  const document = `query ($id: ID!) { conversation(id: $id) { messages(first: 5) { edges { node { id status presumed allowedActions } } } } }`
  type Data = { conversation: { messages: { edges: { node: Settled & { id: string } }[] } } }
  const { conversation } = await execute<Data>(storeline.app, actor, document, { id: conversationId })
  return conversation.messages.edges.find(({ node }) => node.id === id)?.node
}

describe('a send without an answer', () => {
  test('is checked at growing intervals for minutes, without another send', async () => {
    const id = await queue('ORDER_NOTICE')
    await lose(true)
    await control('/deliveries', { do: 'hold' })
    const waits = [await attempt(id)]
    for (const secondsAgo of [16, 46, 106, 226]) {
      await began(id, secondsAgo)
      waits.push(await attempt(id))
    }
    // A little less than the pauses: time passes between setting a try back and looking at it.
    for (const [index, pause] of [15, 29, 59, 119, 179].entries()) {
      expect(waits[index]).toBeLessThanOrEqual(pause * 1000)
      expect(waits[index]).toBeGreaterThan((pause - 5) * 1000)
    }
    expect(sendsOf(id)).toBe(1)
    await control('/deliveries', { do: 'release' })
    await vi.waitFor(async () => expect((await read(id)).status).toBe('DELIVERED'), 5_000)
    expect(await attempt(id)).toBeNull()
    expect(sendsOf(id)).toBe(1)
  })

  test.each(Object.entries(SENDING_POLICIES))(
    'of a %s is repeated by its policy, and then UNKNOWN',
    async (purpose, { repeats }) => {
      const id = await unknownMessage(purpose as MessagePurpose)
      expect(sendsOf(id)).toBe(1 + repeats)
      await began(id, 3_600)
      for (let i = 0; i < 3; i++) expect(await attempt(id)).toBeNull()
      expect(sendsOf(id)).toBe(1 + repeats)
      expect((await events(id)).at(-1)).toEqual({ messageId: id, conversationId, status: 'UNKNOWN', error: null })
    },
  )

  test('blocks later messages only while the request may be under way', async () => {
    const [first, second] = [await queue(), await queue()]
    await lose(false)
    expect(await attempt(first)).toBe(15_000)
    await began(first, 14)
    expect(await attempt(second)).toBeGreaterThan(0)
    expect(sendsOf(second)).toBe(0)
    await began(first, 16)
    expect(await attempt(second)).toBeNull()
    expect(sendsOf(second)).toBe(1)
  })

  test('whose repeat fails permanently stays UNKNOWN, with the error', async () => {
    const id = await queue('ORDER_NOTICE')
    await lose(true)
    await control('/deliveries', { do: 'hold' })
    await attempt(id)
    await began(id, 3_600)
    await control('/faults', { customerId: phone.customerId, effect: 'refuse', code: 131_026 })
    expect(await attempt(id)).toBeNull()
    expect(await read(id)).toMatchObject({ status: 'UNKNOWN', errorCode: 131_026 })
    await control('/deliveries', { do: 'release' })
    await vi.waitFor(async () => expect((await read(id)).status).toBe('DELIVERED'), 5_000)
    expect(await read(id)).toMatchObject({ errorCode: null })
  })
})

describe('an UNKNOWN message', () => {
  test.each(['SENT', 'DELIVERED', 'READ', 'FAILED'] as const)(
    'becomes %s when WhatsApp reports it',
    async (reported) => {
      const id = await unknownMessage()
      await tell(storeline.app, status(id, reported))
      expect(await read(id)).toMatchObject({ status: reported, wamid: `wamid.${id}` })
    },
  )

  test('offers its actions to staff only', async () => {
    const id = await unknownMessage()
    const viewer = await createStaff(storeline.app, storeline.shop.merchantId, { role: 'VIEWER' })
    expect(await shown(id)).toMatchObject({
      status: 'UNKNOWN',
      presumed: false,
      allowedActions: ['SEND_AGAIN', 'MARK_DELIVERED', 'MARK_FAILED'],
    })
    expect(await shown(id, viewer)).toMatchObject({ allowedActions: [] })
    await expect(settle(id, 'SEND_AGAIN', viewer)).rejects.toThrow('conversations:write')
  })

  test('is sent once for repeated requests of staff, and never repeated automatically', async () => {
    const id = await unknownMessage('ORDER_NOTICE')
    const before = sendsOf(id)
    const key = crypto.randomUUID()
    expect(await settle(id, 'SEND_AGAIN', storeline.shop.owner, key)).toMatchObject({
      status: 'QUEUED',
      allowedActions: [],
    })
    expect(await settle(id, 'SEND_AGAIN', storeline.shop.owner, key)).toMatchObject({ status: 'QUEUED' })
    expect(await settle(id, 'SEND_AGAIN')).toMatchObject({ __typename: 'MessageNotUnknownError', status: 'QUEUED' })
    expect((await events(id)).at(-1)).toMatchObject({ status: 'QUEUED', again: true })
    const jobs = storeline.app.queues.queue('message_sending')
    await vi.waitFor(async () => {
      const ids = (await jobs.getJobs(['waiting', 'prioritized'])).map((job) => job.id ?? '')
      expect(
        ids.filter((one) => one.startsWith(`${sendMessageJob.jobId({ merchantId: '', messageId: id })}.`)),
      ).toHaveLength(1)
    }, 5_000)
    await lose(false)
    await attempt(id)
    await began(id, 3_600)
    expect(await attempt(id)).toBeNull()
    expect(await read(id)).toMatchObject({ status: 'UNKNOWN' })
    expect(sendsOf(id)).toBe(before + 1)
    await settle(id, 'SEND_AGAIN')
    expect(await attempt(id)).toBeNull()
    await vi.waitFor(async () => expect((await read(id)).status).toBe('DELIVERED'), 5_000)
  })

  test.each([
    ['MARK_DELIVERED', 'DELIVERED', 'FAILED'],
    ['MARK_DELIVERED', 'DELIVERED', 'SENT'],
    ['MARK_FAILED', 'FAILED', 'READ'],
    ['MARK_FAILED', 'FAILED', 'FAILED'],
  ] as const)('after %s is %s until WhatsApp reports %s', async (action, presumed, reported) => {
    const id = await unknownMessage()
    expect(await settle(id, action)).toMatchObject({ status: presumed, presumed: true, allowedActions: [] })
    await tell(storeline.app, status(id, reported))
    expect(await read(id)).toMatchObject({ status: reported, presumed: false })
    await tell(storeline.app, status(id, 'SENT'))
    expect(await read(id)).toMatchObject({ status: reported })
  })

  test('of another shop is not found', async () => {
    expect(await settle(crypto.randomUUID(), 'MARK_FAILED')).toMatchObject({ __typename: 'NotFoundError' })
    expect(await settle('nonsense', 'MARK_FAILED')).toMatchObject({ __typename: 'NotFoundError' })
  })
})
