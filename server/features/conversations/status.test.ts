import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createCustomer, openTestApp, type TestApp } from '../../../test/harness/app.ts'
import { createTestShop, type TestShop } from '../../../test/harness/shop.ts'
import type { AppContext } from '../../context.ts'
import { tenantDb } from '../../db/client.ts'
import { withTenant } from '../../db/tenant.ts'
import type { MessageStatus } from '../../generated/prisma/enums.ts'
import type { StatusUpdate } from '../../whatsapp/webhook.ts'
import { queueMessage } from './outgoing.ts'
import { tell } from '../../../test/harness/conversations.ts'

let room: TestApp
let app: AppContext
let shop: TestShop
let conversationId: string

beforeAll(async () => {
  room = await openTestApp()
  app = room.app
  shop = await createTestShop(app)
  conversationId = (await createCustomer(app, shop.merchantId)).conversationId
})
afterAll(() => room[Symbol.asyncDispose]())

type Told = StatusUpdate['status']
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
const update = (wamid: string, status: Told, more: Partial<StatusUpdate> = {}): StatusUpdate => ({
  phoneNumberId: shop.phoneNumberId,
  wamid,
  status,
  occurredAt: new Date('2026-11-20T10:00:00Z'),
  recipient: {},
  ...more,
})
const read = (id: string) => tenantDb(app.database, shop.merchantId).message.findUniqueOrThrow({ where: { id } })
const told = async (id: string) =>
  (await app.log.about(shop.merchantId, id, 100)).map(({ data }) => (data as { status: string }).status)

describe('a message’s status', () => {
  test.each<[string, Told[], MessageStatus, string[]]>([
    ['climbs', ['SENT', 'DELIVERED', 'READ'], 'READ', ['SENT', 'DELIVERED', 'READ']],
    [
      'is told once however often it comes',
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
      expect((await told(id)).slice(1)).toEqual(events)
    }
  })

  test('only rises, and is told as it rises, in whatever order statuses come', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom<Told>('SENT', 'DELIVERED', 'READ', 'FAILED'), { minLength: 1, maxLength: 8 }),
        async (statuses) => {
          const { id, wamid } = await outgoing()
          await tell(app, ...statuses.map((status) => update(wamid, status)))
          const events = (await told(id)) as MessageStatus[]
          const ranks = events.map((status) => RANK[status])
          expect(ranks).toEqual(ranks.toSorted((a, b) => a - b))
          expect(new Set(events).size).toBe(events.length)
          expect((await read(id)).status).toBe(events.at(-1) === 'QUEUED' ? 'ACCEPTED' : events.at(-1))
        },
      ),
      { numRuns: 40 },
    )
  })

  test('carries times and the reason of a failure', async () => {
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

describe('a status that comes before the answer to the send', () => {
  test('finds its message by our own id, and brings WhatsApp’s', async () => {
    const { id, wamid } = await outgoing({ accepted: false })
    await tell(app, update(wamid, 'DELIVERED', { opaqueId: id }))
    expect(await read(id)).toMatchObject({ status: 'DELIVERED', wamid })
    await tell(app, update(wamid, 'READ'))
    expect(await read(id)).toMatchObject({ status: 'READ' })
  })
})

describe('a status of nothing we know', () => {
  test.each([
    ['an unknown message', () => update('wamid.unknown', 'READ')],
    ['an unknown id of ours', () => update('wamid.unknown', 'READ', { opaqueId: randomUUID() })],
    ['an id that is none', () => update('wamid.unknown', 'READ', { opaqueId: `'; DROP TABLE message; --` })],
  ])('changes nothing: %s', async (_name, status) => {
    const before = await app.log.bounds(shop.merchantId)
    await tell(app, status())
    expect(await app.log.bounds(shop.merchantId)).toEqual(before)
  })

  test('cannot reach another shop’s message, nor one that came in', async () => {
    const other = await createTestShop(app)
    const { id, wamid } = await outgoing()
    await tell(app, { ...update(wamid, 'READ', { opaqueId: id }), phoneNumberId: other.phoneNumberId })
    expect((await read(id)).status).toBe('ACCEPTED')
  })
})
