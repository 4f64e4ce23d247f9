import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import WebSocket from 'ws'
import { openTestApp, type TestApp } from '../../test/harness/app.ts'
import { createAuthenticator, type Authenticator } from '../auth/authenticator.ts'
import { buildSchema } from '../features/schema.ts'
import { createGraphqlServer } from '../graphql/yoga.ts'
import { createSubscriptions } from '../subscriptions/subscriptions.ts'
import { watchActors, type ActorWatch } from '../subscriptions/watch.ts'
import { createGraphqlSockets, type GraphqlSockets } from './websocket.ts'

const KEEP_ALIVE_MS = 60
let testApp: TestApp
let authenticator: Authenticator
let sockets: GraphqlSockets
let watch: ActorWatch
let server: Server
beforeAll(async () => {
  testApp = await openTestApp()
  const schema = buildSchema()
  authenticator = await createAuthenticator(testApp.app)
  watch = watchActors(authenticator, testApp.app.logger)
  sockets = createGraphqlSockets(testApp.app, {
    yoga: createGraphqlServer(testApp.app, schema),
    schema,
    authenticator,
    subscriptions: createSubscriptions(testApp.app),
    watch,
    keepAliveMs: KEEP_ALIVE_MS,
  })
  server = createServer().on('upgrade', sockets.handleUpgrade).listen(0, '127.0.0.1')
  await once(server, 'listening')
})
afterAll(async () => {
  server.close()
  watch.stop()
  await authenticator[Symbol.asyncDispose]()
  await testApp[Symbol.asyncDispose]()
})

const open = async (options: { autoPong?: boolean } = {}) => {
  const socket = new WebSocket(
    `ws://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`,
    'graphql-transport-ws',
    options,
  )
  await once(socket, 'open')
  return socket
}

test('a peer that answers pings stays connected, and a peer that does not is disconnected', async () => {
  const [alive, dead] = [await open(), await open({ autoPong: false })]
  const disconnected = once(dead, 'close')
  for (let pings = 0; pings < 3; pings++) await once(alive, 'ping')
  expect((await disconnected)[0]).toBe(1006)
  expect(alive.readyState).toBe(WebSocket.OPEN)
  expect(sockets.stats()).toMatchObject({ connections: 1 })
  alive.terminate()
})

test('stopping closes sockets with the code for a reconnection, and does not wait for peers that never answer', async () => {
  const [responsive, unresponsive] = [await open(), await open()]
  unresponsive.pause()
  const closed = once(responsive, 'close')
  const startedAt = Date.now()
  await sockets[Symbol.asyncDispose]()
  expect((await closed)[0]).toBe(1001)
  expect(Date.now() - startedAt).toBeLessThan(4_000)
  unresponsive.terminate()
})
