import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import WebSocket from 'ws'
import { emitEvents } from '../faults/emitting.ts'
import { startTestStoreline, type TestStoreline } from '../harness/storeline.ts'

let storeline: TestStoreline
beforeAll(async () => {
  storeline = await startTestStoreline({ roles: ['api'], env: { SUBSCRIPTIONS_PER_CALLER: '60' } })
})
afterAll(() => storeline[Symbol.asyncDispose]())

type Message = { type: string; id?: string; payload?: unknown }

/** An authenticated socket, and the messages that it has received since. */
async function connect() {
  const socket = new WebSocket(`${storeline.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws')
  await once(socket, 'open')
  const send = (message: object) => socket.send(JSON.stringify(message))
  send({ type: 'connection_init', payload: storeline.shop.key })
  await once(socket, 'message')
  const received: Message[] = []
  socket.on('message', (data) => received.push(JSON.parse(String(data)) as Message))
  const subscribe = (id: string) =>
    send({ type: 'subscribe', id, payload: { query: 'subscription { events { cursor } }' } })
  return { socket, send, received, subscribe, [Symbol.dispose]: () => socket.terminate() }
}
const until = async (what: string, done: () => boolean) => {
  for (const end = Date.now() + 10_000; !done(); await delay(20))
    if (Date.now() > end) throw new Error(`not in 10 s: ${what}`)
}
const followers = () => storeline.app.streams.feeds().reduce((sum, { users }) => sum + users, 0)
const emit = () => emitEvents(storeline.app, storeline.shop.merchantId, { count: 1, perSecond: 1_000_000 })

test('a completed subscription of the log stops without an answer, and its id may be used again', async () => {
  using peer = await connect()
  peer.subscribe('same id')
  await until('the subscription is live', () => followers() === 1)
  await emit()
  await until('an event has arrived', () => peer.received.length === 1)
  peer.send({ type: 'complete', id: 'same id' })
  await until('the subscription has stopped', () => followers() === 0)
  await emit()
  peer.subscribe('same id')
  await until('the subscription is live', () => followers() === 1)
  await emit()
  await until('another event has arrived', () => peer.received.length === 2)
  expect(peer.received.map(({ type, id }) => [type, id])).toEqual([
    ['next', 'same id'],
    ['next', 'same id'],
  ])
})

test('other operations are answered while a subscription of the log runs, and its id closes the socket when used twice', async () => {
  using peer = await connect()
  peer.subscribe('a')
  await until('the subscription is live', () => followers() === 1)
  peer.send({ type: 'ping' })
  peer.send({ type: 'subscribe', id: 'b', payload: { query: '{ __typename }' } })
  await until('both are answered', () => peer.received.length === 3)
  expect(peer.received.map(({ type, id }) => [type, id])).toEqual([
    ['pong', undefined],
    ['next', 'b'],
    ['complete', 'b'],
  ])
  const closed = once(peer.socket, 'close')
  peer.subscribe('a')
  expect([(await closed)[0], String((await closed)[1])]).toEqual([4409, 'Subscriber for a already exists'])
  await until('the subscription has stopped', () => followers() === 0)
})

test('a message that violates the protocol closes a socket with subscriptions of the log', async () => {
  using peer = await connect()
  peer.subscribe('a')
  await until('the subscription is live', () => followers() === 1)
  const closed = once(peer.socket, 'close')
  peer.socket.send('{"type":"complete"}')
  expect((await closed)[0]).toBe(4400)
})

test('subscriptions of the log count among the operations of their socket', async () => {
  using peer = await connect()
  for (let n = 0; n < 50; n++) peer.subscribe(`operation ${n}`)
  await until('all are live', () => followers() === 1 && peer.received.length === 0)
  await delay(200)
  peer.subscribe('one too many')
  await until('it is refused', () => peer.received.length === 1)
  expect(peer.received[0]).toMatchObject({ type: 'error', id: 'one too many' })
})
