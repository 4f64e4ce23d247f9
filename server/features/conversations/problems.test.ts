import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { execute, openTestApp, type TestApp } from '../../../test/harness/app.ts'
import { idleBot, write } from '../../../test/harness/conversations.ts'
import { createTestProduct, createTestShop, type TestShop } from '../../../test/harness/shop.ts'
import { tenantDb, type TenantDb } from '../../../test/harness/tenant-db.ts'
import type { BotActor, TenantActor } from '../../auth/actor.ts'
import { botPermissions } from '../../auth/permissions.ts'
import type { AppContext } from '../../context.ts'
import { setCartLine } from '../carts/service.ts'
import { placeOrder } from '../orders/service/place-order.ts'
import { resumeBot } from './service.ts'
import { claimTurn, completeTurn, type ClaimedTurn } from './turns/turns.ts'
import { lookUpMerchants } from '../merchants/lookups.ts'

let testApp: TestApp
let app: AppContext
let shop: TestShop
let db: TenantDb
let variantId: string

beforeAll(async () => {
  testApp = await openTestApp()
  app = testApp.app
})
afterAll(() => testApp[Symbol.asyncDispose]())
beforeEach(async () => {
  for (const merchantId of await lookUpMerchants(app)) await tenantDb(app.database, merchantId).botTurn.deleteMany()
  shop = await createTestShop(app)
  db = tenantDb(app.database, shop.merchantId)
  variantId = (await createTestProduct(app, shop.owner, { onHand: 50 })).variantId
})

let phones = 15_550_700_000
/** A customer who wrote, and ordered. */
async function orderedBy(text = 'It came broken') {
  const phone = String(++phones)
  await write(app, { phoneNumberId: shop.phoneNumberId, phone, text })
  const message = await db.message.findFirstOrThrow({
    where: { conversation: { customer: { identities: { some: { value: phone } } } } },
    include: { conversation: true },
  })
  const { customerId } = message.conversation
  await setCartLine(app, shop.owner, { customerId, variantId, quantity: 1 })
  const order = await placeOrder(app, shop.owner, {
    customerId,
    fulfilment: 'PICKUP',
    paymentMethod: 'CASH_ON_DELIVERY',
  })
  return { phone, customerId, conversationId: message.conversationId, messageId: message.id, orderId: order.id }
}

type Report = { __typename: string; id?: string; mode?: string; handoffReason?: string; message?: string }
const REPORT = `mutation ($input: ReportProblemInput!) { reportProblem(input: $input) {
  __typename ... on Conversation { id mode handoffReason } ... on Error { message } } }`
const report = async (
  input: { orderId: string; messageId: string; idempotencyKey?: string },
  actor: TenantActor = shop.owner,
) => (await execute<{ reportProblem: Report }>(app, actor, REPORT, { input })).reportProblem

const botOn = (turn: ClaimedTurn): BotActor => ({
  kind: 'BOT',
  keyId: randomUUID(),
  permissions: botPermissions,
  merchantId: turn.merchantId,
  customerId: turn.customerId,
  conversationId: turn.conversationId,
  turnId: turn.id,
})
async function claimed(): Promise<ClaimedTurn> {
  const turn = await claimTurn(app, idleBot())
  if (!turn) throw new Error('There was no turn to claim')
  return turn
}
const handoffs = async (conversationId: string) =>
  (await app.log.about(shop.merchantId, conversationId, 100))
    .filter(({ type }) => type === 'conversation_handoff')
    .map(({ data }) => (data as { reason: string | null }).reason)
const timeline = async (id: string) => {
  const document = 'query ($id: ID!) { order(id: $id) { timeline { type actor message { id text } } } }'
  type Order = { order: { timeline: { type: string; actor: string; message: { id: string; text: string } | null }[] } }
  return (await execute<Order>(app, shop.owner, document, { id })).order.timeline
}

describe('the report of a problem', () => {
  test('attaches the message to the order and hands the conversation over', async () => {
    const { conversationId, messageId, orderId } = await orderedBy()
    expect(await report({ orderId, messageId })).toEqual({
      __typename: 'Conversation',
      id: conversationId,
      mode: 'HUMAN',
      handoffReason: 'PROBLEM_REPORTED',
    })
    expect(await timeline(orderId)).toContainEqual({
      type: 'problem',
      actor: 'Customer',
      message: { id: messageId, text: 'It came broken' },
    })
    expect(await handoffs(conversationId)).toEqual(['PROBLEM_REPORTED'])
  })

  test('is stored once for an idempotency key', async () => {
    const { conversationId, messageId, orderId } = await orderedBy()
    const input = { orderId, messageId, idempotencyKey: 'problem-1' }
    const first = await report(input)
    expect(await report(input)).toEqual(first)
    expect(await handoffs(conversationId)).toEqual(['PROBLEM_REPORTED'])
    expect(await db.auditEntry.count({ where: { action: 'order.report_problem' } })).toBe(1)
  })

  test('accepts only a message of the order’s customer', async () => {
    const [mine, theirs] = [await orderedBy(), await orderedBy()]
    const other = await createTestShop(app)
    const sent = await db.message.findFirst({ where: { conversationId: mine.conversationId, direction: 'OUTBOUND' } })
    const wrong = [
      { orderId: mine.orderId, messageId: theirs.messageId },
      { orderId: theirs.orderId, messageId: mine.messageId },
      { orderId: mine.orderId, messageId: randomUUID() },
      { orderId: randomUUID(), messageId: mine.messageId },
      { orderId: 'nonsense', messageId: 'nonsense' },
      ...(sent ? [{ orderId: mine.orderId, messageId: sent.id }] : []),
    ]
    for (const input of wrong) expect(await report(input)).toMatchObject({ __typename: 'NotFoundError' })
    const { orderId, messageId } = mine
    expect(await report({ orderId, messageId }, other.owner)).toMatchObject({ __typename: 'NotFoundError' })
    expect(await db.conversation.count({ where: { mode: 'HUMAN' } })).toBe(0)
  })
})

describe('a bot that reports a problem on its turn', () => {
  test('still completes the turn, and a human takes over afterwards', async () => {
    const { conversationId, phone, messageId, orderId } = await orderedBy()
    const turn = await claimed()
    await write(app, { phoneNumberId: shop.phoneNumberId, phone, text: 'Hello?', at: new Date(Date.now() + 1000) })
    expect(await report({ orderId, messageId, idempotencyKey: 'p' }, botOn(turn))).toMatchObject({ mode: 'HUMAN' })
    const replies = [{ kind: 'text' as const, body: 'A person will see to it.' }]
    const done = await completeTurn(app, idleBot(), { lease: turn.lease, state: {}, replies })
    expect(done.messageIds).toHaveLength(1)
    const turns = await db.botTurn.findMany({ where: { conversationId }, orderBy: { occurredAt: 'asc' } })
    expect(turns.map(({ status }) => status)).toEqual(['DONE', 'HANDED_OVER'])
    expect(await claimTurn(app, idleBot())).toBeNull()
    expect(await handoffs(conversationId)).toEqual(['PROBLEM_REPORTED'])
  })

  test('does not find orders and messages of other customers', async () => {
    const [mine, theirs] = [await orderedBy(), await orderedBy()]
    const turn = await claimed()
    const bot = { ...botOn(turn), customerId: mine.customerId }
    for (const input of [
      { orderId: theirs.orderId, messageId: theirs.messageId },
      { orderId: mine.orderId, messageId: theirs.messageId },
    ])
      expect(await report(input, bot)).toMatchObject({ __typename: 'NotFoundError' })
    expect(await db.message.count({ where: { id: theirs.messageId, orderId: null } })).toBe(1)
  })

  test('leaves no open turn when it disconnects before it answers', async () => {
    const { conversationId, messageId, orderId } = await orderedBy()
    const turn = await claimed()
    await report({ orderId, messageId }, botOn(turn))
    await db.botTurn.updateMany({ data: { leasedUntil: new Date(0) } })
    expect(await claimTurn(app, idleBot())).toBeNull()
    await resumeBot(app, shop.owner, { conversationId })
    // The human has dealt with it; an answer of the bot hours later would only confuse.
    expect(await claimTurn(app, idleBot())).toBeNull()
    expect(await db.botTurn.findMany({ select: { status: true } })).toEqual([{ status: 'HANDED_OVER' }])
  })
})
