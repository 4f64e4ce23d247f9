import { buildClientSchema, isInterfaceType, type IntrospectionQuery } from 'graphql'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { EVENT_HANDLERS } from './cache.ts'
import introspection from './generated/introspection.json'
import {
  ConversationDocument,
  ConversationsDocument,
  OrdersDocument,
  OrderByNumberDocument,
  TransitionOrderDocument,
  type ConversationsQueryVariables,
  type OrdersQueryVariables,
} from './generated/operations.ts'
import { followEvents } from './graphql/follow-events.ts'
import { buildConnection, buildConversation, buildEvent, buildMessage, buildOrder } from './test-support/builders.ts'
import { createFakeApi, type FakeApi, type Roots } from './test-support/fake-api.ts'

const cleanups: (() => void)[] = []
afterEach(() => cleanups.splice(0).forEach((cleanup) => cleanup()))

/** A connected and subscribed dashboard that refetches nothing by itself during the test. */
async function start(roots: Roots): Promise<FakeApi> {
  const api = createFakeApi(roots)
  cleanups.push(followEvents(api.connection, { onEvent: () => undefined }))
  cleanups.push(api.connection.dispose)
  await vi.waitFor(() => expect(api.sockets.subscriptions).toHaveLength(1))
  return api
}

async function showOrders(api: FakeApi, variables: OrdersQueryVariables = { first: 20 }) {
  let numbers: number[] | undefined
  const { unsubscribe } = api.connection.client.query(OrdersDocument, variables).subscribe(({ data }) => {
    numbers = data?.orders.edges.map((edge) => edge.node.number)
  })
  cleanups.push(unsubscribe)
  await vi.waitFor(() => expect(numbers).toBeDefined())
  return () => numbers
}

async function showConversations(api: FakeApi, variables: ConversationsQueryVariables = { first: 20 }) {
  let ids: string[] | undefined
  const { unsubscribe } = api.connection.client.query(ConversationsDocument, variables).subscribe(({ data }) => {
    ids = data?.conversations.edges.map((edge) => edge.node.id)
  })
  cleanups.push(unsubscribe)
  await vi.waitFor(() => expect(ids).toBeDefined())
  return () => ids
}

describe('orders', () => {
  test('a new order appears once at the top of the list, without a request', async () => {
    const api = await start({ orders: buildConnection([buildOrder({ number: 2 }), buildOrder({ number: 1 })]) })
    const shown = await showOrders(api)
    const order = buildOrder({ number: 3 })
    await api.sockets.push(buildEvent('OrderCreatedEvent', { order }))
    expect(shown()).toEqual([3, 2, 1])
    await api.sockets.push(buildEvent('OrderCreatedEvent', { order }))
    expect(shown()).toEqual([3, 2, 1])
    expect(api.requests.map((request) => request.operationName)).toEqual(['Viewer', 'Orders'])
  })

  test('an order moves from the tab of its old status to the tab of its new one', async () => {
    const order = buildOrder({ number: 5 })
    const api = await start({
      orders: ({ filter }: { filter: { status: string[] } }) =>
        buildConnection(filter.status.includes('PENDING') ? [order] : [buildOrder({ number: 6, status: 'CONFIRMED' })]),
    })
    const pending = await showOrders(api, { first: 20, filter: { status: ['PENDING'] } })
    const accepted = await showOrders(api, { first: 20, filter: { status: ['CONFIRMED', 'PREPARING'] } })
    const moved = { ...order, status: 'CONFIRMED' }
    await api.sockets.push(buildEvent('OrderStatusChangedEvent', { order: moved, from: 'PENDING', to: 'CONFIRMED' }))
    expect(pending()).toEqual([])
    expect(accepted()).toEqual([6, 5])
  })

  test('a new order does not appear on a later page', async () => {
    const page = buildConnection([buildOrder({ number: 2 }), buildOrder({ number: 1 })], { hasPreviousPage: true })
    const api = await start({ orders: page })
    const shown = await showOrders(api, { first: 20, after: 'edge-19' })
    await api.sockets.push(buildEvent('OrderCreatedEvent', { order: buildOrder({ number: 9 }) }))
    expect(shown()).toEqual([2, 1])
  })

  test('an older order whose status changes does not appear on a page that ends before it', async () => {
    const page = buildConnection([buildOrder({ number: 8 }), buildOrder({ number: 7 })], { hasNextPage: true })
    const api = await start({ orders: page })
    const shown = await showOrders(api)
    const order = buildOrder({ number: 1, status: 'READY' })
    await api.sockets.push(buildEvent('OrderStatusChangedEvent', { order, from: 'PREPARING', to: 'READY' }))
    expect(shown()).toEqual([8, 7])
  })

  test('an action shows its result at once and rolls back when the server refuses', async () => {
    const api = await start({
      orderByNumber: buildOrder({ number: 1 }),
      transitionOrder: () => ({
        __typename: 'IllegalTransitionError',
        message: 'The order was cancelled.',
        status: 'CANCELLED',
        allowedActions: [],
      }),
    })
    const { client } = api.connection
    const statuses: (string | undefined)[] = []
    const { unsubscribe } = client
      .query(OrderByNumberDocument, { number: 1 })
      .subscribe(({ data }) => statuses.push(data?.orderByNumber?.status))
    cleanups.push(unsubscribe)
    await vi.waitFor(() => expect(statuses).toEqual(['PENDING']))
    const answer = client.mutation(TransitionOrderDocument, { input: { orderId: 'order-1', action: 'ACCEPT' } })
    const { data } = await answer.toPromise()
    expect(data?.transitionOrder).toMatchObject({ __typename: 'IllegalTransitionError', allowedActions: [] })
    expect(statuses).toEqual(['PENDING', 'CONFIRMED', 'PENDING'])
  })
})

describe('conversations', () => {
  test('a message appears in its open conversation, and the conversation moves to the top', async () => {
    const [older, newer] = [buildConversation(1), buildConversation(2)]
    const open = { ...older, messages: buildConnection([buildMessage(1)]) }
    const api = await start({ conversations: buildConnection([newer, older]), conversation: open })
    const list = await showConversations(api)
    let texts: string[] | undefined
    const { unsubscribe } = api.connection.client
      .query(ConversationDocument, { id: older.id })
      .subscribe(({ data }) => (texts = data?.conversation?.messages.edges.map((edge) => edge.node.text)))
    cleanups.push(unsubscribe)
    await vi.waitFor(() => expect(texts).toEqual(['Message 1']))

    const event = { message: buildMessage(5), conversation: { ...older, ...buildConversation(1, { minute: 5 }) } }
    await api.sockets.push(buildEvent('MessageReceivedEvent', event))
    expect(texts).toEqual(['Message 5', 'Message 1'])
    expect(list()).toEqual(['conversation-1', 'conversation-2'])
  })

  test('a conversation handed to a human appears in the list of conversations that need one', async () => {
    const api = await start({ conversations: buildConnection([]) })
    const list = await showConversations(api, { first: 20, filter: { mode: 'HUMAN' } })
    const conversation = buildConversation(3, { mode: 'HUMAN' })
    await api.sockets.push(
      buildEvent('ConversationHandoffEvent', { conversation, mode: 'HUMAN', reason: 'CUSTOMER_ASKED' }),
    )
    expect(list()).toEqual(['conversation-3'])
  })

  test('buttons of two messages with the same id keep their own titles', async () => {
    const withButton = (minute: number, title: string) =>
      buildMessage(minute, {
        author: 'BOT',
        content: { __typename: 'ButtonsContent', body: 'Choose', buttons: [{ id: 'yes', title }] },
      })
    const messages = [withButton(2, 'Yes, pay'), withButton(1, 'Yes, order')]
    const api = await start({ conversation: buildConversation(1, { messages }) })
    const { data } = await api.connection.client.query(ConversationDocument, { id: 'conversation-1' }).toPromise()
    const titles = data?.conversation?.messages.edges.map(({ node: { content } }) =>
      content.__typename === 'ButtonsContent' ? content.buttons[0]?.title : null,
    )
    expect(titles).toEqual(['Yes, pay', 'Yes, order'])
  })
})

test('every event of the API has a handler', () => {
  const schema = buildClientSchema(introspection as unknown as IntrospectionQuery)
  const event = schema.getType('Event')
  if (!isInterfaceType(event)) throw new Error('The schema has no interface Event')
  const unhandled = schema.getPossibleTypes(event).filter(({ name }) => !(name in EVENT_HANDLERS))
  const advice = unhandled.map(
    ({ name }) =>
      `The dashboard does not handle ${name}. Select what it carries in the feature's fragment on Event ` +
      `(web/features/<feature>/*.graphql; a new fragment is spread in web/graphql/events.graphql), and add ${name} to ` +
      `events in web/features/<feature>/*-cache.ts: a handler that moves entities in lists, or changesNoList.`,
  )
  expect(advice).toEqual([])
})
