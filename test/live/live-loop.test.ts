import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { encodeCursor } from '../../server/events/cursor.ts'
import { startTestStoreline, type TestStoreline } from '../harness/storeline.ts'
import { deliver, inboundBody, newWamid } from '../harness/whatsapp.ts'

const EVENTS = `subscription ($after: EventCursor) { events(after: $after) { __typename cursor type ... on MessageReceivedEvent { message { text } conversation { id unreadCount customer { phone } } } } }`

describe.each(['embedded', 'redis'] as const)('on the %s runtime', (runtime) => {
  let storeline: TestStoreline
  beforeAll(async () => {
    storeline = await startTestStoreline({ runtime })
  })
  afterAll(() => storeline[Symbol.asyncDispose]())
  const endOfLog = async (): Promise<string> => {
    const { eventLog } = await storeline
      .graphql(storeline.shop.key)
      .run<{ eventLog: { pageInfo: { endCursor: string | null } } }>(
        `{ eventLog(first: 100) { pageInfo { endCursor } } }`,
      )
    return eventLog.pageInfo.endCursor ?? encodeCursor(0)
  }

  test('a message that comes in is seen at once by a subscriber', async () => {
    const { shop, graphql } = storeline
    // Without a cursor it would begin when the server has opened it, which may be after the message.
    await using events = graphql(shop.key).subscribe(EVENTS, { after: await endOfLog() })
    await events.connected
    const response = await deliver(storeline, inboundBody(shop.phoneNumberId, [{ from: '15550100101', text: 'hi' }]))
    expect(response.status).toBe(200)
    const { data, errors } = await events.next()
    expect(errors).toBeUndefined()
    expect(data?.events).toMatchObject({
      __typename: 'MessageReceivedEvent',
      type: 'message_received',
      message: { text: 'hi' },
      conversation: { unreadCount: 1, customer: { phone: '+15550100101' } },
    })
  })

  test('the same webhook posted five times, twice at once, is one message', async () => {
    const { shop, graphql } = storeline
    const client = graphql(shop.key)
    const body = inboundBody(shop.phoneNumberId, [{ from: '15550100102', text: 'only once', wamid: newWamid() }])
    const answers = await Promise.all([deliver(storeline, body), deliver(storeline, body)])
    for (let i = 0; i < 3; i++) answers.push(await deliver(storeline, body))
    expect(answers.map((answer) => answer.status)).toEqual([200, 200, 200, 200, 200])
    await storeline.drain()
    const { conversations } = await client.run<{ conversations: { edges: { node: object }[] } }>(
      `{ conversations(filter: { search: "15550100102" }) { edges { node { unreadCount messages { totalCount } } } } }`,
    )
    expect(conversations.edges).toEqual([{ node: { unreadCount: 1, messages: { totalCount: 1 } } }])
  })

  test('a subscriber resumes from its cursor and misses nothing', async () => {
    const { shop, graphql } = storeline
    const client = graphql(shop.key)
    const after = await endOfLog()
    for (const text of ['one', 'two', 'three'])
      await deliver(storeline, inboundBody(shop.phoneNumberId, [{ from: '15550100103', text }]))
    await using events = client.subscribe(EVENTS, { after })
    const texts: unknown[] = []
    for (let i = 0; i < 3; i++)
      texts.push(((await events.next()).data?.events as { message: { text: string } }).message.text)
    expect(texts).toEqual(['one', 'two', 'three'])
  })
})
