import { afterEach, expect, test, vi } from 'vitest'
import { OrdersDocument, ViewerDocument } from '../generated/operations.ts'
import { buildConnection, buildEvent, buildOrder, buildViewer } from '../test-support/builders.ts'
import { createFakeApi, type FakeApi } from '../test-support/fake-api.ts'
import { followEvents, type LiveEvent } from './follow-events.ts'

const cleanups: (() => void)[] = []
afterEach(() => cleanups.splice(0).forEach((cleanup) => cleanup()))

/** A dashboard with the viewer's cursor `start` and the order list on screen. */
async function follow() {
  const api = createFakeApi({ orders: buildConnection([buildOrder({ number: 1 })]) })
  await api.connection.client.query(ViewerDocument, {}).toPromise()
  const events: LiveEvent[] = []
  cleanups.push(followEvents(api.connection, { onEvent: (event) => events.push(event), restartMs: 1 }))
  cleanups.push(api.connection.dispose)
  await vi.waitFor(() => expect(api.sockets.subscriptions).toHaveLength(1))

  let numbers: number[] | undefined
  const { unsubscribe } = api.connection.client
    .query(OrdersDocument, { first: 20 })
    .subscribe(({ data }) => (numbers = data?.orders.edges.map((edge) => edge.node.number)))
  cleanups.push(unsubscribe)
  await vi.waitFor(() => expect(numbers).toBeDefined())
  return { api, events, numbers: () => numbers }
}

const operationNames = (api: FakeApi) => api.requests.map((request) => request.operationName)

const created = (number: number) => buildEvent('OrderCreatedEvent', { order: buildOrder({ number }) })

/** Fires the browser's `online` event, so that the socket reconnects without its backoff. */
async function reconnect(api: FakeApi, subscriptions: number): Promise<void> {
  await vi.waitFor(() => {
    dispatchEvent(new Event('online'))
    expect(api.sockets.subscriptions).toHaveLength(subscriptions)
  })
}

test('the first subscription starts at the viewer’s cursor, and a reconnect resumes after the last event', async () => {
  const { api, events } = await follow()
  const [first, second] = [created(2), created(3)]
  await api.sockets.push(first)
  await api.sockets.push(second)
  api.sockets.drop()
  await reconnect(api, 2)
  expect(api.sockets.subscriptions).toEqual([{ after: 'start' }, { after: second.cursor }])
  await api.sockets.push(created(4))
  expect(events.map((event) => 'order' in event && event.order.number)).toEqual([2, 3, 4])
})

test('a reconnect refetches everything on screen, and replayed events add no duplicate rows', async () => {
  const { api, numbers } = await follow()
  await api.sockets.push(created(2))
  // The refetch after the event finishes before the connection drops.
  await vi.waitFor(() => expect(operationNames(api)).toEqual(['Viewer', 'Orders', 'Orders']))
  const missed = buildOrder({ number: 3 })
  api.roots['orders'] = buildConnection([missed, buildOrder({ number: 2 }), buildOrder({ number: 1 })])
  api.sockets.drop()
  await reconnect(api, 2)
  await vi.waitFor(() => expect(operationNames(api)).toHaveLength(4))
  await vi.waitFor(() => expect(numbers()).toEqual([3, 2, 1]))
  await api.sockets.push(buildEvent('OrderCreatedEvent', { order: missed }))
  expect(numbers()).toEqual([3, 2, 1])
})

test('a gap refetches everything on screen, and the subscription resumes from its cursor', async () => {
  const { api, numbers } = await follow()
  api.roots['orders'] = buildConnection([buildOrder({ number: 40 })])
  const gap = buildEvent('GapEvent', { reason: 'Too old' })
  await api.sockets.push(gap)
  await vi.waitFor(() => expect(numbers()).toEqual([40]))
  api.sockets.drop()
  await reconnect(api, 2)
  expect(api.sockets.subscriptions[1]).toEqual({ after: gap.cursor })
})

test('a subscription that the server ends is reopened after the last event', async () => {
  const { api, events } = await follow()
  const event = created(2)
  await api.sockets.push(event)
  api.sockets.complete()
  await vi.waitFor(() => expect(api.sockets.subscriptions).toEqual([{ after: 'start' }, { after: event.cursor }]))
  await api.sockets.push(created(3))
  expect(events).toHaveLength(2)
})

test('a cursor that the server refuses is replaced by the current end of the log, and the screen is refetched', async () => {
  const { api, numbers } = await follow()
  api.roots['viewer'] = buildViewer({ eventCursor: 'later' })
  api.roots['orders'] = buildConnection([buildOrder({ number: 2 }), buildOrder({ number: 1 })])
  api.sockets.refuse('This cursor is not one of ours')
  await vi.waitFor(() => expect(api.sockets.subscriptions).toEqual([{ after: 'start' }, { after: 'later' }]))
  await vi.waitFor(() => expect(numbers()).toEqual([2, 1]))
})

test('data that events do not carry is refetched soon after an event', async () => {
  const { api } = await follow()
  await api.sockets.push(created(2))
  await vi.waitFor(() => expect(operationNames(api)).toEqual(['Viewer', 'Orders', 'Orders']))
})

test('the connection state follows the socket', async () => {
  const { api } = await follow()
  const { state } = api.connection.socket
  expect(state.get()).toBe('live')
  api.sockets.drop(true)
  await vi.waitFor(() => expect(state.get()).not.toBe('live'))
  api.sockets.drop(false)
  await reconnect(api, 2)
  expect(state.get()).toBe('live')
})

test('every HTTP request carries the CSRF header', async () => {
  const { api } = await follow()
  expect(api.requests[0]?.headers).toMatchObject({ 'x-graphql-yoga-csrf': '1' })
})
