import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { createCustomer, openTestApp, type TestApp } from '../../../../test/harness/app.ts'
import { createTestShop, type TestShop } from '../../../../test/harness/shop.ts'
import type { AppContext } from '../../../context.ts'
import { withTenant } from '../../../unit-of-work/unit-of-work.ts'
import type { MessageStatus } from '../../../generated/prisma/enums.ts'
import type { StatusUpdate } from '../../../whatsapp/webhook.ts'
import { lowerStatuses } from '../domain.ts'
import { queueMessage } from './outgoing.ts'
import { tell } from '../../../../test/harness/conversations.ts'
import { tenantDb } from '../../../../test/harness/tenant-db.ts'

let testApp: TestApp
let app: AppContext
let shop: TestShop
let conversationId: string

beforeAll(async () => {
  testApp = await openTestApp()
  app = testApp.app
  shop = await createTestShop(app)
  conversationId = (await createCustomer(app, shop.merchantId)).conversationId
})
afterAll(() => testApp[Symbol.asyncDispose]())

type Reported = StatusUpdate['status']
const RANK: Record<MessageStatus, number> = {
  RECEIVED: 0,
  QUEUED: 0,
  UNKNOWN: 0.5,
  ACCEPTED: 1,
  SENT: 2,
  DELIVERED: 3,
  READ: 4,
  FAILED: 9,
}

/** A message that WhatsApp took, or still waits. */
async function outgoing({ accepted = true } = {}): Promise<{ id: string; wamid: string }> {
  const id = await withTenant(app, shop.owner, (unit) =>
    queueMessage(unit, { conversationId, author: 'STAFF', purpose: 'REPLY', content: { kind: 'text', body: 'hello' } }),
  )
  const wamid = `wamid.${randomUUID()}`
  if (accepted)
    await tenantDb(app.database, shop.merchantId).message.update({ where: { id }, data: { wamid, status: 'ACCEPTED' } })
  return { id, wamid }
}
const update = (wamid: string, status: Reported, more: Partial<StatusUpdate> = {}): StatusUpdate => ({
  phoneNumberId: shop.phoneNumberId,
  wamid,
  status,
  occurredAt: new Date('2026-11-20T10:00:00Z'),
  recipient: {},
  ...more,
})
const read = (id: string) => tenantDb(app.database, shop.merchantId).message.findUniqueOrThrow({ where: { id } })
const statusEvents = async (id: string) =>
  (await app.log.about(shop.merchantId, id, 100)).map(({ data }) => (data as { status: string }).status)

describe('a message’s status', () => {
  test.each<[string, Reported[], MessageStatus, string[]]>([
    ['climbs', ['SENT', 'DELIVERED', 'READ'], 'READ', ['SENT', 'DELIVERED', 'READ']],
    [
      'is applied once when it is repeated',
      ['SENT', 'SENT', 'DELIVERED', 'DELIVERED'],
      'DELIVERED',
      ['SENT', 'DELIVERED'],
    ],
    ['never goes back', ['READ', 'DELIVERED', 'SENT'], 'READ', ['READ']],
    ['may be read without having been delivered', ['SENT', 'SENT', 'READ', 'DELIVERED'], 'READ', ['SENT', 'READ']],
    ['ends with a failure', ['SENT', 'FAILED', 'DELIVERED', 'READ'], 'FAILED', ['SENT', 'FAILED']],
    ['does not fail any more once it was delivered', ['DELIVERED', 'FAILED'], 'DELIVERED', ['DELIVERED']],
    ['does not fail any more once it was read', ['READ', 'FAILED'], 'READ', ['READ']],
  ])('%s', async (_name, statuses, last, events) => {
    for (const together of [false, true]) {
      const { id, wamid } = await outgoing()
      const updates = statuses.map((status) => update(wamid, status))
      if (together) await tell(app, ...updates)
      else for (const one of updates) await tell(app, one)
      expect((await read(id)).status).toBe(last)
      expect((await statusEvents(id)).slice(1)).toEqual(events)
    }
  })

  test('only advances, with an event each time, in any order of updates', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom<Reported>('SENT', 'DELIVERED', 'READ', 'FAILED'), { minLength: 1, maxLength: 8 }),
        async (statuses) => {
          const { id, wamid } = await outgoing()
          await tell(app, ...statuses.map((status) => update(wamid, status)))
          const events = (await statusEvents(id)) as MessageStatus[]
          const ranks = events.map((status) => RANK[status])
          expect(ranks).toEqual(ranks.toSorted((a, b) => a - b))
          expect(new Set(events).size).toBe(events.length)
          expect((await read(id)).status).toBe(events.at(-1) === 'QUEUED' ? 'ACCEPTED' : events.at(-1))
        },
      ),
      { numRuns: 40 },
    )
  })

  test('has times and the reason of a failure', async () => {
    const [arrived, failed] = [await outgoing(), await outgoing()]
    const at = (minute: number) => new Date(`2026-11-20T10:0${minute}:00Z`)
    await tell(
      app,
      update(arrived.wamid, 'SENT', { occurredAt: at(1) }),
      update(arrived.wamid, 'DELIVERED', { occurredAt: at(2) }),
      update(arrived.wamid, 'READ', { occurredAt: at(3) }),
    )
    expect(await read(arrived.id)).toMatchObject({ sentAt: at(1), deliveredAt: at(2), readAt: at(3), errorCode: null })
    await tell(
      app,
      update(failed.wamid, 'FAILED', {
        errors: [{ code: 131047, title: 'Re-engagement message', details: 'More than 24 hours have passed.' }],
      }),
    )
    expect(await read(failed.id)).toMatchObject({
      status: 'FAILED',
      errorCode: 131047,
      errorMessage: 'More than 24 hours have passed.',
      sentAt: null,
    })
  })
})

describe('status updates of one body', () => {
  /** The state of a message after each of these statuses, and those that are news. */
  const climb = (statuses: Reported[]): { last: MessageStatus; events: MessageStatus[] } => {
    const events: MessageStatus[] = []
    let last: MessageStatus = 'ACCEPTED'
    for (const status of statuses) {
      if (!lowerStatuses(status).includes(last)) continue
      last = status
      events.push(status)
    }
    return { last, events }
  }

  test('have the same result together as one by one, with duplicates, unknown ids and several messages', async () => {
    const anyStatus = fc.record({
      message: fc.nat({ max: 3 }),
      status: fc.constantFrom<Reported>('SENT', 'DELIVERED', 'READ', 'FAILED'),
      byOwnId: fc.boolean(),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(anyStatus, { minLength: 2, maxLength: 30 }), async (updates) => {
        // The fourth is unknown here.
        const messages = [await outgoing(), await outgoing(), await outgoing()]
        const at = (index: number) => messages[index] ?? { id: randomUUID(), wamid: `wamid.${randomUUID()}` }
        const from = (await app.log.bounds(shop.merchantId)).last
        await tell(
          app,
          ...updates.map(({ message, status, byOwnId }) => {
            const { id, wamid } = at(message)
            return update(wamid, status, byOwnId ? { opaqueId: id } : {})
          }),
        )
        for (const [index, { id }] of messages.entries()) {
          const { last, events } = climb(updates.filter(({ message }) => message === index).map(({ status }) => status))
          expect((await read(id)).status).toBe(last)
          expect((await statusEvents(id)).slice(1)).toEqual(events)
        }
        const logged = await app.log.after(shop.merchantId, from, 100)
        expect(logged.map(({ sequence }) => sequence)).toEqual(logged.map((_event, index) => from + index + 1))
      }),
      { numRuns: 25 },
    )
  })

  test('are applied by the thousand in a few transactions, for many shops at once', async () => {
    const other = await createTestShop(app)
    const otherConversation = (await createCustomer(app, other.merchantId)).conversationId
    const messages: { id: string; phoneNumberId: string }[] = []
    for (const [owner, conversation, phoneNumberId, count] of [
      [shop.owner, conversationId, shop.phoneNumberId, 800],
      [other.owner, otherConversation, other.phoneNumberId, 200],
    ] as const) {
      for (let queued = 0; queued < count; queued += 100)
        await withTenant(app, owner, async (unit) => {
          for (let i = 0; i < 100; i++) {
            const content = { kind: 'text', body: 'hello' } as const
            const message = { conversationId: conversation, author: 'STAFF', purpose: 'REPLY', content } as const
            messages.push({ id: await queueMessage(unit, message), phoneNumberId })
          }
        })
    }
    const commits = vi.spyOn(app, 'notifyCommit')
    const statuses = messages.map(({ id, phoneNumberId }) =>
      update(`wamid.${id}`, 'DELIVERED', { opaqueId: id, phoneNumberId }),
    )
    await tell(app, ...statuses)
    expect(commits.mock.calls.length).toBeLessThanOrEqual(6)
    expect(commits.mock.calls.flatMap(([commit]) => commit.events)).toHaveLength(1_000)
    commits.mockClear()
    await tell(app, ...statuses)
    expect(commits).not.toHaveBeenCalled()
    commits.mockRestore()
    const delivered = { where: { id: { in: messages.map(({ id }) => id) }, status: 'DELIVERED' } } as const
    expect(await tenantDb(app.database, shop.merchantId).message.count(delivered)).toBe(800)
    expect(await tenantDb(app.database, other.merchantId).message.count(delivered)).toBe(200)
  }, 60_000)

  test('that cannot be stored fail without the others', async () => {
    const [first, second, third] = [await outgoing(), await outgoing(), await outgoing()]
    // Of two messages with one wamid the second cannot have it.
    await tell(
      app,
      update(first.wamid, 'SENT'),
      update(first.wamid, 'SENT', { opaqueId: (await outgoing({ accepted: false })).id }),
      update(second.wamid, 'READ'),
      update(third.wamid, 'FAILED'),
    )
    expect((await read(first.id)).status).toBe('SENT')
    expect((await read(second.id)).status).toBe('READ')
    expect((await read(third.id)).status).toBe('FAILED')
  })
})

describe('a status update that arrives before the answer of the send', () => {
  test('finds its message by our own id, and stores WhatsApp’s id', async () => {
    const { id, wamid } = await outgoing({ accepted: false })
    await tell(app, update(wamid, 'DELIVERED', { opaqueId: id }))
    expect(await read(id)).toMatchObject({ status: 'DELIVERED', wamid })
    await tell(app, update(wamid, 'READ'))
    expect(await read(id)).toMatchObject({ status: 'READ' })
  })
})

describe('a status update of an unknown message', () => {
  test.each([
    ['an unknown message', () => update('wamid.unknown', 'READ')],
    ['an unknown id of ours', () => update('wamid.unknown', 'READ', { opaqueId: randomUUID() })],
    ['an id that is none', () => update('wamid.unknown', 'READ', { opaqueId: `'; DROP TABLE message; --` })],
  ])('changes nothing: %s', async (_name, status) => {
    const before = await app.log.bounds(shop.merchantId)
    await tell(app, status())
    expect(await app.log.bounds(shop.merchantId)).toEqual(before)
  })

  test('changes neither another shop’s message nor an inbound one', async () => {
    const other = await createTestShop(app)
    const { id, wamid } = await outgoing()
    await tell(app, { ...update(wamid, 'READ', { opaqueId: id }), phoneNumberId: other.phoneNumberId })
    expect((await read(id)).status).toBe('ACCEPTED')
  })
})
