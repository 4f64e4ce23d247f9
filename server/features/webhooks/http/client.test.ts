import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { answerWith, startReceiver, type Receiver } from '../../../../test/harness/receiver.ts'
import { createWebhookClient, type WebhookClient } from './client.ts'

let receiver: Receiver
let client: WebhookClient
beforeAll(async () => {
  receiver = await startReceiver()
  client = createWebhookClient({ allowedNetworks: ['127.0.0.0/8'], attemptMs: 700 })
})
afterAll(async () => {
  await client.close()
  await receiver[Symbol.asyncDispose]()
})
beforeEach(() => receiver.answer(answerWith(204)))

const post = (url = receiver.url, signal = new AbortController().signal) =>
  client.post(url, { headers: { 'webhook-id': 'x' }, body: '{"a":1}', signal })

describe('an attempt', () => {
  test('posts the body unchanged and returns the status, Retry-After and the beginning of the response', async () => {
    receiver.answer(answerWith(503, { 'retry-after': '7' }, 'come back later'))
    expect(await post()).toEqual({ statusCode: 503, retryAfter: '7', body: 'come back later' })
    expect(receiver.received.at(-1)).toMatchObject({ body: '{"a":1}', id: 'x' })
  })

  test('keeps two kilobytes of an endless response, and stops reading', async () => {
    let written = 0
    receiver.answer((_received, response) => {
      response.writeHead(200)
      const more = () => {
        while (!response.destroyed && response.write('x'.repeat(65_536))) written += 65_536
      }
      response.on('drain', more)
      more()
    })
    const reply = await post()
    expect(reply).toMatchObject({ statusCode: 200 })
    expect(reply.body).toHaveLength(2_048)
    expect(written).toBeLessThan(50_000_000)
  })

  test('has the result of its status, however slow the body is', async () => {
    receiver.answer((_received, response) => void response.writeHead(200).write('slow'))
    expect(await post()).toMatchObject({ statusCode: 200, body: 'slow' })
  })

  test('times out when headers arrive slowly and when none arrive', async () => {
    receiver.answer((_received, response) => {
      response.socket?.write('HTTP/1.1 200 OK\r\n')
      const drip = setInterval(() => response.socket?.write('x-more: 1\r\n'), 50)
      response.socket?.once('close', () => clearInterval(drip))
    })
    expect(await post()).toEqual({ statusCode: null, error: 'No response within 0.7 seconds.', body: null })
    receiver.answer(() => {})
    expect(await post()).toMatchObject({ error: 'No response within 0.7 seconds.' })
  })

  test('times out when the name does not resolve in time', async () => {
    const waiting = createWebhookClient({ allowedNetworks: [], attemptMs: 200, resolve: () => new Promise(() => {}) })
    const signal = new AbortController().signal
    const reply = await waiting.post('https://nowhere.example/', { headers: {}, body: '', signal })
    expect(reply).toMatchObject({ error: 'No response within 0.2 seconds.' })
    await waiting.close()
  })

  test.each([
    [
      'a connection that is reset',
      (socket: { resetAndDestroy: () => void }) => socket.resetAndDestroy(),
      /reset|closed/,
    ],
    ['a connection that is closed', (socket: { destroy: () => void }) => socket.destroy(), /closed|reset/],
    ['an answer that is no HTTP', (socket: { end: (text: string) => void }) => socket.end('hello\r\n\r\n'), /./],
    [
      'headers without end',
      (socket: { write: (text: string) => void }) =>
        socket.write(`HTTP/1.1 200 OK\r\n${'x-a: bbbbbbbbbbbbbbbbbbbb\r\n'.repeat(20_000)}`),
      /./,
    ],
  ])('reports %s', async (_what, misbehave, words) => {
    receiver.answer((_received, response) => misbehave(response.socket as never))
    expect(await post()).toMatchObject({ statusCode: null, error: expect.stringMatching(words) })
  })

  test('reports a refused connection', async () => {
    const gone = await startReceiver()
    await gone[Symbol.asyncDispose]()
    expect(await post(gone.url)).toEqual({ statusCode: null, error: 'The connection was refused.', body: null })
  })

  test('removes NUL characters, which PostgreSQL cannot store', async () => {
    receiver.answer(answerWith(500, {}, 'a\u0000b'))
    expect((await post()).body).toBe('a\uFFFDb')
  })

  test('is aborted when the worker stops', async () => {
    receiver.answer(() => {})
    const stopping = new AbortController()
    const attempt = post(receiver.url, stopping.signal)
    stopping.abort(new Error('stopping'))
    await expect(attempt).rejects.toThrow()
  })
})

test('an untrusted certificate is refused', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'storeline-tls-'))
  const [key, cert] = [join(directory, 'key.pem'), join(directory, 'cert.pem')]
  const subject = ['-subj', '/CN=localhost', '-days', '1', '-nodes']
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-keyout', key, '-out', cert, ...subject], {
    stdio: 'ignore',
  })
  let requests = 0
  const server = createTlsServer({ key: readFileSync(key), cert: readFileSync(cert) }, (_request, response) => {
    requests++
    response.end()
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const reply = await post(`https://127.0.0.1:${(server.address() as AddressInfo).port}/`)
  expect(reply).toMatchObject({
    statusCode: null,
    error: expect.stringContaining('No secure connection could be made'),
  })
  expect(requests).toBe(0)
  const plain = await post(`${receiver.url.replace('http:', 'https:')}`)
  expect(plain).toMatchObject({
    statusCode: null,
    error: expect.stringContaining('No secure connection could be made'),
  })
  await new Promise((done) => server.close(done))
  rmSync(directory, { recursive: true })
})
