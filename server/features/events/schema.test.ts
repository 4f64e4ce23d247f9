import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { write } from '../../../test/harness/conversations.ts'
import { execute, openTestApp, type TestApp } from '../../../test/harness/app.ts'
import { createTestShop, type TestShop } from '../../../test/harness/shop.ts'
import { tenantDb } from '../../../test/harness/tenant-db.ts'
import type { Actor } from '../../auth/actor.ts'
import type { AppContext } from '../../context.ts'
import { tenantStore } from '../../db/tenant-pool.ts'
import { createApiKey } from '../api-keys/service.ts'
import { authenticate } from '../../auth/authenticate.ts'
import { takeOverConversation } from '../conversations/service.ts'

let testApp: TestApp
let app: AppContext
let shop: TestShop
beforeAll(async () => {
  testApp = await openTestApp()
  app = testApp.app
})
afterAll(() => testApp[Symbol.asyncDispose]())
beforeEach(async () => {
  shop = await createTestShop(app)
  for (let i = 0; i < 5; i++)
    await write(app, { phoneNumberId: shop.phoneNumberId, phone: '15550800001', text: `m${i}` })
  const { id } = await tenantDb(app.database, shop.merchantId).conversation.findFirstOrThrow()
  await takeOverConversation(app, shop.owner, { conversationId: id })
})

type Log = {
  totalCount: number
  edges: {
    cursor: string
    node: { __typename: string; type: string | null; cursor: string; message?: { text: string } }
  }[]
  pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; endCursor: string }
}
const LOG = `query ($first: Int, $after: EventCursor, $types: [EventType!]) { eventLog(first: $first, after: $after, types: $types) {
  totalCount edges { cursor node { __typename type cursor ... on MessageReceivedEvent { message { text } } } } pageInfo { hasNextPage hasPreviousPage endCursor } } }`
const read = async (variables: object = {}, actor: Actor | null = shop.owner) =>
  (await execute<{ eventLog: Log }>(app, actor, LOG, { ...variables })).eventLog
const texts = ({ edges }: Log) => edges.map(({ node }) => node.message?.text ?? node.type)

describe('the event log', () => {
  test('has every event in order, from the beginning', async () => {
    const log = await read({ first: 100 })
    expect(texts(log)).toEqual(['m0', 'm1', 'm2', 'm3', 'm4', 'conversation_handoff'])
    expect(log).toMatchObject({ totalCount: 6, pageInfo: { hasNextPage: false, hasPreviousPage: false } })
    for (const { cursor, node } of log.edges) expect(node.cursor).toBe(cursor)
  })

  test('resumes from a cursor, each event once', async () => {
    const seen: unknown[] = []
    for (let after: string | null = null; ;) {
      const log: Log = await read({ first: 2, after })
      seen.push(...texts(log))
      after = log.pageInfo.endCursor
      if (!log.pageInfo.hasNextPage) break
    }
    expect(seen).toEqual(['m0', 'm1', 'm2', 'm3', 'm4', 'conversation_handoff'])
  })

  test('is filtered by type, and the end cursor includes the events left out', async () => {
    const log = await read({ types: ['conversation_handoff'] })
    expect(texts(log)).toEqual(['conversation_handoff'])
    expect(log.pageInfo.hasNextPage).toBe(false)
    const none = await read({ types: ['stock_low'] })
    expect([none.edges, (await read({ after: none.pageInfo.endCursor })).edges]).toEqual([[], []])
  })

  test('has only the events that the scopes of a key allow', async () => {
    const { secret } = await createApiKey(app, shop.owner, { name: 'Orders', scopes: ['events:read', 'orders:read'] })
    const key = await authenticate(app, { authorization: `Bearer ${secret}` })
    expect((await read({ first: 100 }, key)).edges).toEqual([])
  })

  test('reports a gap when a cursor is older than the log', async () => {
    const { edges } = await read({ first: 2 })
    await tenantStore.run(shop, async () => {
      await app.database.pool.query('UPDATE event_relay SET trimmed = 4')
      await app.database.pool.query('DELETE FROM event WHERE sequence <= 4')
    })
    const log = await read({ after: edges[0]?.cursor })
    expect(log.edges[0]?.node).toMatchObject({ __typename: 'GapEvent', type: null })
    expect(texts(log).slice(1)).toEqual(['m4', 'conversation_handoff'])
    expect(texts(await read({ after: log.edges[0]?.cursor }))).toEqual(['m4', 'conversation_handoff'])
    expect(log.totalCount).toBe(2)
  })

  test.each([
    ['a made-up cursor', { after: 'nonsense' }, 'cursor was not made by this server'],
    ['a page too large', { first: 101 }, '0 to 100'],
    ['less than nothing', { first: -1 }, '0 to 100'],
  ])('refuses %s', async (_name, variables, message) => {
    await expect(read(variables)).rejects.toThrow(message)
  })
})
