import { connect } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freePort } from '../../server/db/embedded.ts'
import { edgeFeatures } from '../../server/features/edge.ts'
import { buildSchema } from '../../server/features/schema.ts'
import { type HttpServer, startHttpServer } from '../../server/http/server.ts'
import { openTestApp, type TestApp } from '../harness/app.ts'

const HEADERS_MS = 300

let opened: TestApp
let http: HttpServer
beforeAll(async () => {
  opened = await openTestApp({ PORT: String(await freePort()) })
  http = await startHttpServer(opened.app, { schema: buildSchema(), features: edgeFeatures, headersMs: HEADERS_MS })
})
afterAll(async () => {
  await http[Symbol.asyncDispose]()
  await opened[Symbol.asyncDispose]()
})

/** Sends `first`, then a header every 50 ms without an end; resolves with the answer when the server closes the connection. */
function drip(first: string): Promise<{ answer: string; ms: number }> {
  const startedAt = Date.now()
  const socket = connect(opened.app.config.port, '127.0.0.1', () => socket.write(first))
  let answer = ''
  let sent = 0
  const dripping = setInterval(() => {
    if (first !== '' && !socket.connecting && socket.writable) socket.write(`x-header-${sent++}: value\r\n`)
  }, 50)
  socket.on('data', (chunk: Buffer) => (answer += chunk.toString()))
  socket.on('error', () => {})
  return new Promise((done) =>
    socket.once('close', () => {
      clearInterval(dripping)
      done({ answer, ms: Date.now() - startedAt })
    }),
  )
}

test.each([
  ['of a request', 'GET /healthz HTTP/1.1\r\nhost: localhost\r\n'],
  ['of a request with a body', 'POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-length: 10\r\n'],
  [
    'of an upgrade',
    'GET /graphql HTTP/1.1\r\nhost: localhost\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n',
  ],
  ['of a connection that sends nothing', ''],
])('a connection is closed when the headers %s do not end in time', async (_what, first) => {
  const { answer, ms } = await drip(first)
  expect(answer).toMatch(/^HTTP\/1\.1 408 /)
  expect(ms).toBeGreaterThanOrEqual(HEADERS_MS - 50)
  expect(ms).toBeLessThan(5_000)
})

test('a connection whose headers arrive in parts and end in time is answered', async () => {
  const socket = connect(opened.app.config.port, '127.0.0.1')
  for (const part of ['GET /healthz', ' HTTP/1.1\r\nhost: lo', 'calhost\r\nconnection: close\r\n', '\r\n']) {
    await new Promise((done) => socket.write(part, done))
  }
  let answer = ''
  for await (const chunk of socket) answer += String(chunk)
  expect(answer).toMatch(/^HTTP\/1\.1 200 /)
})

test('an upgrade of an unknown path is refused and its connection closed, even when the peer keeps its half open', async () => {
  const socket = connect({ port: opened.app.config.port, host: '127.0.0.1', allowHalfOpen: true })
  socket.write('GET /nowhere HTTP/1.1\r\nhost: localhost\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n')
  let answer = ''
  for await (const chunk of socket) answer += String(chunk)
  expect(answer).toMatch(/^HTTP\/1\.1 404 /)
  await expect
    .poll(() => new Promise((done) => http.server.server.getConnections((_error, count) => done(count))))
    .toBe(0)
  socket.destroy()
})

test('by default headers must arrive within ten seconds and requests within two minutes', async () => {
  await using app = await openTestApp({ PORT: String(await freePort()) })
  await using server = await startHttpServer(app.app, { schema: buildSchema(), features: edgeFeatures })
  expect(server.server.server).toMatchObject({ headersTimeout: 10_000, requestTimeout: 120_000 })
})
