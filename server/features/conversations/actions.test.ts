import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { write } from '../../../test/harness/conversations.ts'
import { execute, openTestApp, type TestApp } from '../../../test/harness/app.ts'
import { createStaff, createTestShop, type TestShop } from '../../../test/harness/shop.ts'
import { tenantDb, type TenantDb } from '../../../test/harness/tenant-db.ts'
import type { TenantActor } from '../../auth/actor.ts'
import type { AppContext } from '../../context.ts'

let testApp: TestApp
let app: AppContext
let shop: TestShop
let db: TenantDb
let conversationId: string
let phone: string

beforeAll(async () => {
  testApp = await openTestApp()
  app = testApp.app
})
afterAll(() => testApp[Symbol.asyncDispose]())
let phones = 15_550_500_000
beforeEach(async () => {
  shop = await createTestShop(app)
  db = tenantDb(app.database, shop.merchantId)
  phone = String(++phones)
  await write(app, { phoneNumberId: shop.phoneNumberId, phone, text: 'hello' })
  conversationId = (await db.conversation.findFirstOrThrow()).id
})

type Result = {
  __typename: string
  id?: string
  mode?: string
  unreadCount?: number
  message?: string
  text?: string
  author?: string
  staff?: { id: string }
  issues?: { path: string; message: string }[]
}
const act = async (
  field: 'takeOverConversation' | 'resumeBot' | 'markConversationRead',
  input: object = {},
  actor: TenantActor = shop.owner,
): Promise<Result> => {
  const document = `mutation ($input: ConversationActionInput!) { ${field}(input: $input) { __typename ... on Conversation { id mode handoffReason unreadCount assignee { id } } ... on Error { message } } }`
  return (await execute<Record<string, Result>>(app, actor, document, { input: { conversationId, ...input } }))[
    field
  ] as Result
}
const reply = async (text: string, input: object = {}, actor: TenantActor = shop.owner): Promise<Result> => {
  const document = `mutation ($input: SendMessageInput!) { sendMessage(input: $input) { __typename ... on Message { id text author status staff { id } } ... on ValidationError { issues { path message } } ... on Error { message } } }`
  return (await execute<{ sendMessage: Result }>(app, actor, document, { input: { conversationId, text, ...input } }))
    .sendMessage
}
const handoffs = async () =>
  (await app.log.about(shop.merchantId, conversationId, 100))
    .filter(({ type }) => type === 'conversation_handoff')
    .map(({ data }) => (data as { mode: string; reason: string | null }).reason)
const turns = async () => (await db.botTurn.findMany({ orderBy: { occurredAt: 'asc' } })).map(({ status }) => status)

describe('taking a conversation over', () => {
  test('stops the bot, records the assignee, and skips the pending turns', async () => {
    expect(await act('takeOverConversation')).toMatchObject({
      mode: 'HUMAN',
      handoffReason: 'STAFF_TOOK_OVER',
      assignee: { id: shop.owner.staffId },
    })
    expect(await turns()).toEqual(['SKIPPED'])
    await write(app, { phoneNumberId: shop.phoneNumberId, phone, text: 'more' })
    expect(await turns()).toEqual(['SKIPPED', 'SKIPPED'])
    expect(await handoffs()).toEqual(['STAFF_TOOK_OVER'])
  })

  test('reassigns the conversation to another member', async () => {
    const agent = await createStaff(app, shop.merchantId, { role: 'AGENT' })
    await act('takeOverConversation')
    expect(await act('takeOverConversation', {}, agent)).toMatchObject({ assignee: { id: agent.staffId } })
  })

  test('writes an audit entry with the actor', async () => {
    await act('takeOverConversation')
    expect(await db.auditEntry.findFirst({ where: { action: 'conversation.hand_over' } })).toMatchObject({
      actor: `STAFF:${shop.owner.staffId}`,
      subjectId: conversationId,
    })
  })
})

describe('resuming the bot', () => {
  test('lets the bot answer later messages', async () => {
    await act('takeOverConversation')
    await write(app, { phoneNumberId: shop.phoneNumberId, phone, text: 'for the human' })
    expect(await act('resumeBot')).toMatchObject({ mode: 'BOT', handoffReason: null, assignee: null })
    await write(app, { phoneNumberId: shop.phoneNumberId, phone, text: 'for the bot' })
    expect((await turns()).toSorted()).toEqual(['PENDING', 'SKIPPED', 'SKIPPED'])
    expect(await handoffs()).toEqual(['STAFF_TOOK_OVER', null])
  })

  test('in mode BOT changes nothing and emits no event', async () => {
    expect(await act('resumeBot')).toMatchObject({ mode: 'BOT' })
    expect(await handoffs()).toEqual([])
  })
})

describe('a reply', () => {
  test('is queued with its author and takes the conversation over', async () => {
    expect(await reply('  we are here  ')).toMatchObject({
      __typename: 'Message',
      text: 'we are here',
      author: 'STAFF',
      status: 'QUEUED',
      staff: { id: shop.owner.staffId },
    })
    expect(await db.conversation.findUnique({ where: { id: conversationId } })).toMatchObject({
      mode: 'HUMAN',
      lastMessageText: 'we are here',
    })
    expect(await handoffs()).toEqual(['STAFF_TOOK_OVER'])
  })

  test.each([
    ['nothing', '   '],
    ['more than WhatsApp takes', 'x'.repeat(4097)],
  ])('%s is refused and changes nothing', async (_name, text) => {
    expect(await reply(text)).toMatchObject({ __typename: 'ValidationError', issues: [{ path: 'input.text' }] })
    expect(await db.conversation.findUnique({ where: { id: conversationId } })).toMatchObject({ mode: 'BOT' })
  })

  test('is refused after the service window has closed', async () => {
    await db.conversation.update({ where: { id: conversationId }, data: { windowExpiresAt: new Date(Date.now() - 1) } })
    expect(await reply('hello?')).toMatchObject({
      __typename: 'ValidationError',
      issues: [{ path: 'input.conversationId', message: expect.stringContaining('24 hours') }],
    })
    expect(await db.message.count({ where: { direction: 'OUTBOUND' } })).toBe(0)
    await write(app, { phoneNumberId: shop.phoneNumberId, phone, text: 'back again' })
    expect(await reply('welcome back')).toMatchObject({ __typename: 'Message' })
  })
})

describe('marking a conversation as read', () => {
  test('resets the unread counter', async () => {
    await write(app, { phoneNumberId: shop.phoneNumberId, phone, text: 'again' })
    expect((await db.conversation.findUniqueOrThrow({ where: { id: conversationId } })).unreadCount).toBe(2)
    expect(await act('markConversationRead')).toMatchObject({ unreadCount: 0 })
    await write(app, { phoneNumberId: shop.phoneNumberId, phone, text: 'and again' })
    expect((await db.conversation.findUniqueOrThrow({ where: { id: conversationId } })).unreadCount).toBe(1)
  })
})

describe('an idempotency key', () => {
  test('queues a repeated reply once, also for concurrent requests', async () => {
    const idempotencyKey = randomUUID()
    const answers = await Promise.all([1, 2, 3].map(() => reply('once', { idempotencyKey })))
    expect(new Set(answers.map(({ id }) => id)).size).toBe(1)
    expect(await db.message.count({ where: { direction: 'OUTBOUND' } })).toBe(1)
  })

  test('used for another text, or another mutation, is a conflict', async () => {
    const idempotencyKey = randomUUID()
    await reply('one', { idempotencyKey })
    await expect(reply('two', { idempotencyKey })).rejects.toThrow('idempotency key was used')
    await expect(act('takeOverConversation', { idempotencyKey })).rejects.toThrow('idempotency key was used')
  })

  test('is separate for each actor', async () => {
    const idempotencyKey = randomUUID()
    const agent = await createStaff(app, shop.merchantId, { role: 'AGENT' })
    const [one, other] = [await reply('mine', { idempotencyKey }), await reply('mine too', { idempotencyKey }, agent)]
    expect(one.id).not.toBe(other.id)
  })

  test('of a take-over that was reversed does not take over again', async () => {
    const idempotencyKey = randomUUID()
    await act('takeOverConversation', { idempotencyKey })
    await act('resumeBot')
    expect(await act('takeOverConversation', { idempotencyKey })).toMatchObject({ mode: 'BOT' })
  })

  test.each(['', 'x'.repeat(256)])('of an invalid length is refused', async (idempotencyKey) => {
    await expect(reply('hello', { idempotencyKey })).rejects.toThrow('1 to 255 characters')
  })
})

describe('lists', () => {
  type Page = { totalCount: number; edges: { node: { id: string } }[] }
  const list = async (filter: object) =>
    (
      await execute<{ conversations: Page }>(
        app,
        shop.owner,
        'query ($filter: ConversationFilter) { conversations(filter: $filter) { totalCount edges { node { id } } } }',
        { filter },
      )
    ).conversations

  test('filter conversations by mode, unread messages and customer', async () => {
    await write(app, { phoneNumberId: shop.phoneNumberId, phone: String(++phones), text: 'other' })
    await act('takeOverConversation')
    await act('markConversationRead')
    const mine = [{ node: { id: conversationId } }]
    expect((await list({})).totalCount).toBe(2)
    expect((await list({ mode: 'HUMAN' })).edges).toEqual(mine)
    expect((await list({ unread: false })).edges).toEqual(mine)
    expect((await list({ search: phone.slice(-5) })).edges).toEqual(mine)
    expect((await list({ search: 'Test cust' })).totalCount).toBe(2)
    expect((await list({ search: '100%' })).totalCount).toBe(0)
    expect((await list({ mode: 'BOT', unread: false })).totalCount).toBe(0)
  })

  test('page through messages in both directions without repeats', async () => {
    for (let i = 0; i < 7; i++)
      await write(app, {
        phoneNumberId: shop.phoneNumberId,
        phone,
        text: `m${i}`,
        at: new Date(Date.UTC(2026, 10, 22, 9, 0, Math.floor(i / 3))),
      })
    type Messages = {
      edges: { node: { text: string } }[]
      pageInfo: { endCursor: string; startCursor: string; hasNextPage: boolean; hasPreviousPage: boolean }
    }
    const page = async (args: string) =>
      (
        await execute<{ conversation: { messages: Messages } }>(
          app,
          shop.owner,
          `query ($id: ID!) { conversation(id: $id) { messages(${args}) { edges { node { text } } pageInfo { endCursor startCursor hasNextPage hasPreviousPage } } } }`,
          { id: conversationId },
        )
      ).conversation.messages
    const all = (await page('first: 50')).edges.map(({ node }) => node.text)
    expect(all).toHaveLength(8)
    const forwards: string[] = []
    for (let args = 'first: 3'; ;) {
      const { edges, pageInfo } = await page(args)
      forwards.push(...edges.map(({ node }) => node.text))
      if (!pageInfo.hasNextPage) break
      args = `first: 3, after: "${pageInfo.endCursor}"`
    }
    const backwards: string[] = []
    for (let args = 'last: 3'; ;) {
      const { edges, pageInfo } = await page(args)
      backwards.unshift(...edges.map(({ node }) => node.text))
      if (!pageInfo.hasPreviousPage) break
      args = `last: 3, before: "${pageInfo.startCursor}"`
    }
    expect([forwards, backwards]).toEqual([all, all])
  })
})
