import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { execute } from '../../../test/harness/app.ts'
import { write } from '../../../test/harness/conversations.ts'
import { createStaff, createTestShop, type TestShop } from '../../../test/harness/shop.ts'
import { startTestStoreline, type TestStoreline } from '../../../test/harness/storeline.ts'
import { LOCAL_WEBHOOKS, webhooksOf } from '../../../test/harness/webhooks.ts'
import { startReceiver, type Receiver } from '../../../test/harness/receiver.ts'
import { systemActor, type StaffActor } from '../../auth/actor.ts'
import { withTenant } from '../../unit-of-work/unit-of-work.ts'
import { claimTurn } from '../conversations/turns/turns.ts'
import { idleBot } from '../../../test/harness/conversations.ts'
import { tenantDb, type TenantDb } from '../../../test/harness/tenant-db.ts'
import { queueMessage } from '../conversations/messages/outgoing.ts'
import { sendQueuedMessage } from '../conversations/messages/sending.ts'
import { dispatchWebhooks } from '../webhooks/deliveries/dispatch.ts'
import { deliverWebhook } from '../webhooks/deliveries/deliver.ts'
import { lookUpDueDeliveries } from '../webhooks/lookups.ts'
import { lookUpClaimableConversations } from '../conversations/lookups.ts'

const HELD = '{ heldRestore { decision heldMessages heldDeliveries heldTemplates heldTurns } }'
const DECIDE = `mutation ($decision: RestoreDecision!) { decideRestore(input: { decision: $decision }) {
  __typename ... on Restore { decision heldMessages } ... on NotFoundError { message } } }`

let storeline: TestStoreline
let receiver: Receiver
let shop: TestShop
let db: TenantDb
let messageId: string
let endpointId: string

beforeAll(async () => {
  ;[storeline, receiver] = await Promise.all([
    startTestStoreline({ roles: ['api', 'emulator'], env: LOCAL_WEBHOOKS }),
    startReceiver(),
  ])
})
afterAll(async () => {
  await storeline[Symbol.asyncDispose]()
  await receiver[Symbol.asyncDispose]()
})

/** A shop in which a customer has written, a message and a webhook delivery wait, and then a backup was restored. */
beforeEach(async () => {
  const { app } = storeline
  receiver.received.length = 0
  shop = await createTestShop(app)
  db = tenantDb(app.database, shop.merchantId)
  await write(app, { phoneNumberId: shop.phoneNumberId, phone: '15550100301' })
  const { id: conversationId } = await db.conversation.findFirstOrThrow({ select: { id: true } })
  messageId = await withTenant(app, systemActor(shop.merchantId), (unit) =>
    queueMessage(unit, { conversationId, author: 'STAFF', purpose: 'REPLY', content: { kind: 'text', body: 'waits' } }),
  )
  endpointId = (await webhooksOf(app, shop).create({ url: receiver.url, eventTypes: ['order_status_changed'] })).id
  await webhooksOf(app, shop).emit(1)
  await dispatchWebhooks(app, shop.merchantId)
  const last = (await db.eventCounter.findFirstOrThrow()).last
  await db.restore.create({ data: { merchantId: shop.merchantId, incarnation: 'restored', afterSequence: last } })
})

const run = (query: string, variables = {}, actor: StaffActor = shop.owner) =>
  execute<Record<string, unknown>>(storeline.app, actor, query, variables)
const attempt = async (): Promise<void> => {
  const { app } = storeline
  await sendQueuedMessage(app, shop.merchantId, messageId, { signal: AbortSignal.timeout(10_000) })
  for (const { id } of await db.webhookDelivery.findMany({ where: { endpointId }, select: { id: true } }))
    await deliverWebhook(app, { merchantId: shop.merchantId, endpointId, deliveryId: id }, AbortSignal.timeout(10_000))
}
const status = async () => (await db.message.findUniqueOrThrow({ where: { id: messageId } })).status

test('everything that waited in the backup is held, not sent, and every role sees it', async () => {
  const { app } = storeline
  await attempt()
  expect(await status()).toBe('QUEUED')
  expect(receiver.received).toEqual([])
  expect(await claimTurn(app, idleBot())).toBeNull()
  const agent = await createStaff(app, shop.merchantId, { role: 'AGENT' })
  expect(await run(HELD, {}, agent)).toEqual({
    heldRestore: { decision: null, heldMessages: 1, heldDeliveries: 1, heldTemplates: 0, heldTurns: 1 },
  })
  await expect(run(DECIDE, { decision: 'SEND' }, agent)).rejects.toThrow('restores:write')
  expect(await lookUpDueDeliveries(app, 0, 4)).not.toContainEqual(expect.objectContaining({ endpointId }))
})

test('messages since the restore are sent, also in a conversation with a held message', async () => {
  const { app } = storeline
  await write(app, { phoneNumberId: shop.phoneNumberId, phone: '15550100301', text: 'and now?' })
  const turn = await claimTurn(app, idleBot())
  expect(turn?.merchantId).toBe(shop.merchantId)
  const { id: conversationId } = await db.conversation.findFirstOrThrow({ select: { id: true } })
  const reply = await withTenant(app, systemActor(shop.merchantId), (unit) =>
    queueMessage(unit, { conversationId, author: 'BOT', purpose: 'REPLY', content: { kind: 'text', body: 'new' } }),
  )
  await sendQueuedMessage(app, shop.merchantId, reply, { signal: AbortSignal.timeout(10_000) })
  expect((await db.message.findUniqueOrThrow({ where: { id: reply } })).status).not.toBe('QUEUED')
  expect(await status()).toBe('QUEUED')
})

test('an owner releases the held items', async () => {
  expect(await run(DECIDE, { decision: 'SEND' })).toEqual({
    decideRestore: { __typename: 'Restore', decision: 'SEND', heldMessages: 0 },
  })
  expect(await run(HELD)).toEqual({ heldRestore: null })
  await attempt()
  expect(await status()).not.toBe('QUEUED')
  expect(receiver.received).toHaveLength(1)
  expect((await claimTurn(storeline.app, idleBot()))?.merchantId).toBe(shop.merchantId)
  expect(await run(DECIDE, { decision: 'DISCARD' })).toMatchObject({ decideRestore: { __typename: 'NotFoundError' } })
})

test('an owner discards the held items: messages fail, deliveries are cancelled, with an audit entry', async () => {
  await webhooksOf(storeline.app, shop).emit(1)
  const late = (await db.eventCounter.findFirstOrThrow()).last
  await db.restore.updateMany({ data: { afterSequence: late } })
  await run(DECIDE, { decision: 'DISCARD' })
  await dispatchWebhooks(storeline.app, shop.merchantId)
  await attempt()
  expect(await db.message.findUniqueOrThrow({ where: { id: messageId } })).toMatchObject({
    status: 'FAILED',
    errorMessage: expect.stringContaining('discarded'),
  })
  const deliveries = await db.webhookDelivery.findMany({ where: { endpointId }, select: { status: true } })
  expect(deliveries).toEqual([{ status: 'CANCELLED' }])
  expect(receiver.received).toEqual([])
  expect(await db.botTurn.findMany({ select: { status: true } })).toEqual([{ status: 'SKIPPED' }])
  const audited = await db.auditEntry.findFirstOrThrow({ where: { action: 'backup.decide' } })
  expect(audited.detail).toEqual({ decision: 'DISCARD', deliveries: 1, turns: 1 })
})

test('a new message whose leases were all lost is handed over to staff, although an older one of its conversation is held', async () => {
  const { app } = storeline
  await write(app, { phoneNumberId: shop.phoneNumberId, phone: '15550100301', text: 'kills bots' })
  const turn = await claimTurn(app, idleBot())
  await db.botTurn.update({
    where: { id: turn?.id ?? '' },
    data: { lostLeases: app.config.botRetrySeconds.length, leasedUntil: new Date(0), claimableAt: new Date(0) },
  })
  expect(await claimTurn(app, idleBot())).toBeNull()
  expect(await db.conversation.findFirstOrThrow()).toMatchObject({ mode: 'HUMAN', handoffReason: 'BOT_LOST' })
  expect(await lookUpClaimableConversations(app, 10)).toEqual([])
})
