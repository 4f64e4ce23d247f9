import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { emulatorOf, type Phone } from '../../../../test/harness/phone.ts'
import { startTestStoreline, type TestStoreline } from '../../../../test/harness/storeline.ts'
import { tenantDb, type TenantDb } from '../../../../test/harness/tenant-db.ts'
import { withTenant } from '../../../unit-of-work/unit-of-work.ts'
import type { MessagePurpose } from '../../../generated/prisma/enums.ts'
import { TryLaterError } from '../../../jobs/kit.ts'
import { createWhatsAppClient } from '../../../whatsapp/client.ts'
import { WhatsAppUnreachableError } from '../../../whatsapp/errors.ts'
import { queueMessage } from './outgoing.ts'
import { sendQueuedMessage } from './sending.ts'
import { consumeThroughput } from './sending-rate.ts'
import { sweepUnsent } from './sweep.ts'

// No worker: the tests run the sending themselves, so that nothing waits for a clock.
let storeline: TestStoreline
let db: TenantDb
let phone: Phone
let conversationId: string
let control: ReturnType<typeof emulatorOf>['control']

beforeAll(async () => {
  storeline = await startTestStoreline({ roles: ['api', 'emulator'] })
  db = tenantDb(storeline.app.database, storeline.shop.merchantId)
  control = emulatorOf(storeline).control
  await control('/schedule', { sentMs: 0, deliveredMs: 0, readMs: null })
})
afterAll(() => storeline[Symbol.asyncDispose]())

let phones = 15_550_600_000
beforeEach(async () => {
  await fetch(`${storeline.url}/_emulator/control/faults`, { method: 'DELETE' })
  const number = String(++phones)
  phone = await emulatorOf(storeline).phone({ phone: `+${number}` })
  await phone.write('hello')
  await vi.waitFor(async () => {
    conversationId = (
      await db.conversation.findFirstOrThrow({ where: { customer: { identities: { some: { value: number } } } } })
    ).id
  }, 5_000)
})

const queue = (body = 'a reply', purpose: MessagePurpose = 'REPLY') =>
  withTenant(storeline.app, storeline.shop.owner, (unit) =>
    queueMessage(unit, { conversationId, author: 'STAFF', purpose, content: { kind: 'text', body } }),
  )
const signal = new AbortController().signal
const send = (id: string) => sendQueuedMessage(storeline.app, storeline.shop.merchantId, id, { signal })
/** Runs the sending and returns how long it wants to wait before the next try, or null when it is done. */
const attempt = (id: string): Promise<number | null> =>
  send(id).then(
    () => null,
    (error: unknown) => {
      if (error instanceof TryLaterError) return error.delayMs
      throw error
    },
  )
const read = (id: string) => db.message.findUniqueOrThrow({ where: { id } })
const reaches = (id: string, status: string) =>
  vi.waitFor(async () => expect((await read(id)).status).toBe(status), 5_000)
const received = async () => (await phone.chat()).filter(({ from }) => from === 'shop').map(({ opaqueId }) => opaqueId)
const fault = (rule: object) => control('/faults', { customerId: phone.customerId, ...rule })
/** Lets the time pass that an unanswered try is given. */
const later = (id: string) =>
  db.message.update({ where: { id }, data: { attemptedAt: new Date(Date.now() - 3_600_000) } })

describe('sending', () => {
  test('delivers to the customer, and status updates return', async () => {
    const id = await queue()
    expect(await attempt(id)).toBeNull()
    await reaches(id, 'DELIVERED')
    expect(await read(id)).toMatchObject({
      wamid: expect.stringMatching(/^wamid\./),
      attempts: 1,
      sentAt: expect.any(Date),
      deliveredAt: expect.any(Date),
    })
    expect(await received()).toEqual([id])
  })

  test('run twice sends once', async () => {
    const id = await queue()
    expect(await attempt(id)).toBeNull()
    expect(await attempt(id)).toBeNull()
    expect(await received()).toEqual([id])
  })

  test('run concurrently sends once', async () => {
    const id = await queue()
    await Promise.all([attempt(id), attempt(id), attempt(id)])
    await reaches(id, 'DELIVERED')
    expect(await received()).toEqual([id])
  })

  test('keeps the order of a conversation in any order of jobs', async () => {
    const ids: string[] = []
    for (const body of ['one', 'two', 'three']) ids.push(await queue(body))
    const [one = '', two = '', three = ''] = ids
    expect(await attempt(three)).toBeGreaterThan(0)
    expect(await attempt(two)).toBeGreaterThan(0)
    for (const id of [one, two, three]) expect(await attempt(id)).toBeNull()
    expect(await received()).toEqual(ids)
  })

  test('outside the service window fails with Meta’s code, without a request', async () => {
    const id = await queue()
    await db.conversation.update({ where: { id: conversationId }, data: { windowExpiresAt: new Date(Date.now() - 1) } })
    expect(await attempt(id)).toBeNull()
    expect(await read(id)).toMatchObject({ status: 'FAILED', errorCode: 131047 })
    expect(await received()).toEqual([])
  })

  test('reaches a customer who has only a user id', async () => {
    phone = await emulatorOf(storeline).phone({ username: `nobody${phones}` })
    await phone.write('hi')
    await vi.waitFor(async () => {
      conversationId = (
        await db.conversation.findFirstOrThrow({ where: { customer: { username: { contains: `nobody${phones}` } } } })
      ).id
    }, 5_000)
    const id = await queue()
    expect(await attempt(id)).toBeNull()
    await reaches(id, 'DELIVERED')
    expect(await received()).toEqual([id])
  })
})

describe('an error of WhatsApp', () => {
  test.each([
    [130429, 1_000, 60_000],
    [131056, 1_000, 1_000],
    [131016, 1_000, 300_000],
  ])('%i, which is temporary, is retried after a delay, and later messages wait', async (code, least, most) => {
    const [id, next] = [await queue('first'), await queue('second')]
    await fault({ effect: 'refuse', code })
    const wait = await attempt(id)
    expect(wait).toBeGreaterThanOrEqual(least)
    expect(wait).toBeLessThanOrEqual(most)
    expect(await read(id)).toMatchObject({ status: 'QUEUED', attempts: 1 })
    expect(await attempt(next)).toBeGreaterThan(0)
    expect(await attempt(id)).toBeNull()
    expect(await attempt(next)).toBeNull()
    expect(await received()).toEqual([id, next])
  })

  test.each([131026, 131047, 131051, 100, 999_999])(
    '%i, which is permanent, fails the message with its reason, and the next one is sent',
    async (code) => {
      const [id, next] = [await queue('first'), await queue('second')]
      await fault({ effect: 'refuse', code })
      expect(await attempt(id)).toBeNull()
      expect(await read(id)).toMatchObject({
        status: 'FAILED',
        errorCode: code,
        errorMessage: expect.stringMatching(/./),
      })
      expect(await attempt(next)).toBeNull()
      expect(await received()).toEqual([next])
    },
  )

  test('that persists fails the message after eight attempts', async () => {
    const id = await queue()
    await fault({ effect: 'refuse', code: 130429, when: 'always' })
    for (let i = 0; i < 7; i++) expect(await attempt(id)).toBeGreaterThan(0)
    expect(await attempt(id)).toBeNull()
    expect(await read(id)).toMatchObject({ status: 'FAILED', errorCode: 130429, attempts: 8 })
  })

  test('that is reported after acceptance fails the message, too', async () => {
    const id = await queue()
    await fault({ effect: 'fail', code: 131049 })
    expect(await attempt(id)).toBeNull()
    await reaches(id, 'FAILED')
    expect(await read(id)).toMatchObject({ errorCode: 131049 })
  })
})

describe('a send without an answer', () => {
  test.each(['drop', 'gateway'] as const)('is not repeated when the message arrived (%s)', async (effect) => {
    const id = await queue()
    await fault({ effect, accepted: true })
    expect(await attempt(id)).toBeGreaterThanOrEqual(10_000)
    await reaches(id, 'DELIVERED')
    await later(id)
    expect(await attempt(id)).toBeNull()
    expect(await received()).toEqual([id])
    expect(await read(id)).toMatchObject({ wamid: expect.stringMatching(/^wamid\./), attempts: 1 })
  })

  test('is repeated by its purpose when the message did not arrive, after the reconciliation time', async () => {
    const id = await queue('a notice', 'ORDER_NOTICE')
    await fault({ effect: 'drop', accepted: false })
    expect(await attempt(id)).toBeGreaterThanOrEqual(10_000)
    expect(await attempt(id)).toBeGreaterThan(5_000)
    expect(await received()).toEqual([])
    await later(id)
    expect(await attempt(id)).toBeNull()
    await reaches(id, 'DELIVERED')
    expect(await received()).toEqual([id])
  })
})

describe('while WhatsApp is unreachable', () => {
  test('a message is retried with growing delays until it is sent', async () => {
    const id = await queue()
    const { whatsapp } = storeline.app
    storeline.app.whatsapp = { ...whatsapp, sendMessage: () => Promise.reject(new WhatsAppUnreachableError('away')) }
    const waits = [await attempt(id), await attempt(id), await attempt(id)]
    expect(waits).toEqual([1_000, 2_000, 4_000])
    storeline.app.whatsapp = whatsapp
    expect(await attempt(id)).toBeNull()
    expect(await received()).toEqual([id])
  })

  test('a refused connection counts as not sent', async () => {
    const id = await queue()
    const { whatsapp } = storeline.app
    storeline.app.whatsapp = createWhatsAppClient({ baseUrl: 'http://127.0.0.1:1', version: 'v25.0', accessToken: 'x' })
    expect(await attempt(id)).toBeLessThan(5_000)
    await storeline.app.whatsapp.close()
    storeline.app.whatsapp = whatsapp
    expect((await read(id)).attemptedAt).toBeNull()
    expect(await attempt(id)).toBeNull()
  })

  test('a message fails after a day', async () => {
    const id = await queue()
    await db.message.update({ where: { id }, data: { createdAt: new Date(Date.now() - 25 * 3600 * 1000) } })
    const { whatsapp } = storeline.app
    storeline.app.whatsapp = { ...whatsapp, sendMessage: () => Promise.reject(new WhatsAppUnreachableError('away')) }
    expect(await attempt(id)).toBeNull()
    storeline.app.whatsapp = whatsapp
    expect(await read(id)).toMatchObject({ status: 'FAILED', errorCode: 131000 })
  })
})

test('a number sends at most eighty messages a second; another number has its own limit', async () => {
  const waits = await Promise.all(Array.from({ length: 90 }, () => consumeThroughput(storeline.app, 'one-number')))
  expect(waits.filter((wait) => wait === 0)).toHaveLength(80)
  for (const wait of waits.filter((one) => one > 0)) expect(wait).toBeLessThanOrEqual(1_000)
  expect(await consumeThroughput(storeline.app, 'another-number')).toBe(0)
})

test('the sweep schedules a message whose job was lost', async () => {
  const id = await queue()
  const jobs = async () =>
    (await storeline.app.queues.queue('message_sending').getJobs(['waiting', 'prioritized'])).map(
      (job) => (job.data as { payload: { messageId: string } }).payload.messageId,
    )
  await vi.waitFor(async () => expect(await jobs()).toContain(id))
  await storeline.app.queues.queue('message_sending').drain()
  await sweepUnsent.run(storeline.app)
  expect(await jobs()).not.toContain(id)
  await db.message.update({ where: { id }, data: { createdAt: new Date(Date.now() - 30_000) } })
  await sweepUnsent.run(storeline.app)
  await sweepUnsent.run(storeline.app)
  expect((await jobs()).filter((one) => one === id)).toEqual([id])
})
