import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { createWhatsAppClient, type WhatsAppClient } from './client.ts'
import { AmbiguousSendError, WhatsAppError, WhatsAppResponseError } from './errors.ts'

const phoneNumberId = '106540352242922'
const content = { kind: 'text', body: 'Hello' } as const
const accepted = '{"messaging_product":"whatsapp","messages":[{"id":"wamid.1"}]}'

type Seen = { request: IncomingMessage; body: string }

let seen: Seen[]
let answer: (response: ServerResponse, request: IncomingMessage) => void
let client: WhatsAppClient
let url: string
const server = createServer(async (request, response) => {
  let body = ''
  for await (const chunk of request) body += String(chunk)
  seen.push({ request, body })
  answer(response, request)
})

beforeEach(async () => {
  seen = []
  answer = (response) => response.end(accepted)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  client = createWhatsAppClient({ baseUrl: `${url}/`, version: 'v25.0', accessToken: 'secret-token' })
})
afterEach(async () => {
  await client.close()
  server.closeAllConnections()
  server.close()
  await once(server, 'close')
})

const send = (to: { phone?: string; bsuid?: string } = { phone: '+16505551234' }) =>
  client.sendMessage(phoneNumberId, { to, content, opaqueId: 'outbox-1', replyTo: 'wamid.0' })
const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  )

describe('the Cloud API client', () => {
  it('writes the documented request', async () => {
    expect(await send()).toEqual({ wamid: 'wamid.1' })
    const [{ request, body }] = seen as [Seen]
    expect([request.method, request.url]).toEqual(['POST', `/v25.0/${phoneNumberId}/messages`])
    expect(request.headers.authorization).toBe('Bearer secret-token')
    expect(JSON.parse(body)).toEqual({
      messaging_product: 'whatsapp',
      recipient_type: 'individual',
      to: '+16505551234',
      context: { message_id: 'wamid.0' },
      biz_opaque_callback_data: 'outbox-1',
      type: 'text',
      text: { preview_url: false, body: 'Hello' },
    })
  })

  it('always writes numbers with "+", and user ids as recipient', async () => {
    await send({ phone: '16505551234' })
    await send({ bsuid: 'US.134' })
    expect(seen.map(({ body }) => JSON.parse(body) as object)).toMatchObject([
      { to: '+16505551234' },
      { recipient: 'US.134' },
    ])
    expect(JSON.parse(seen[1]!.body)).not.toHaveProperty('to')
    expect(await failure(send({}))).toBeInstanceOf(TypeError)
  })

  it('throws the API’s error with its trace id', async () => {
    answer = (response) =>
      response
        .writeHead(400)
        .end(
          '{"error":{"message":"(#131056) pair rate limit hit","type":"OAuthException","code":131056,"error_data":{"messaging_product":"whatsapp","details":"too many"},"error_subcode":2494055,"fbtrace_id":"Az8"}}',
        )
    const error = await failure(send())
    expect(error).toBeInstanceOf(WhatsAppError)
    expect(error).toMatchObject({ code: 131056, subcode: 2494055, details: 'too many', traceId: 'Az8', retry: 'retry' })
  })

  const doubtful: [string, typeof answer][] = [
    ['an answer that is no JSON', (response) => response.end('<html>')],
    ['an answer without an id', (response) => response.end('{"messages":[]}')],
    ['a 502 of a gateway', (response) => response.writeHead(502).end('<h1>Bad Gateway</h1>')],
    ['a lost connection', (response) => response.destroy()],
    ['an endless answer', (response) => response.end('x'.repeat(300 * 1024))],
  ]
  it.each(doubtful)('reports an ambiguous send after %s', async (_what, misbehave) => {
    answer = misbehave
    expect(await failure(send())).toBeInstanceOf(AmbiguousSendError)
  })

  it('does not follow redirects with its token', async () => {
    answer = (response) => response.writeHead(307, { location: `${url}/elsewhere` }).end()
    expect(await failure(send())).toBeInstanceOf(WhatsAppResponseError)
    expect(seen).toHaveLength(1)
  })

  it('fetches media only from hosts that may receive the token', async () => {
    const media = (link: string) => JSON.stringify({ id: 7, url: link, mime_type: 'image/jpeg', file_size: '3' })
    const elsewhere = ['https://evil.test/a', 'http://lookaside.fbsbx.com/a', 'https://fbsbx.com.evil.test/a']
    for (const link of elsewhere) {
      answer = (response) => response.end(media(link))
      expect(await failure(client.downloadMedia('7', { maxBytes: 10 })), link).toBeInstanceOf(WhatsAppResponseError)
    }
    answer = (response, request) => response.end(request.url === '/file' ? 'abc' : media(`${url}/file`))
    const file = await client.downloadMedia('7', { maxBytes: 10 })
    expect(file).toEqual({ bytes: Buffer.from('abc'), mimeType: 'image/jpeg' })
    expect(seen.at(-1)?.request.headers.authorization).toBe('Bearer secret-token')
    answer = (response, request) => response.end(request.url === '/file' ? 'abcdefghijk' : media(`${url}/file`))
    expect(await failure(client.downloadMedia('7', { maxBytes: 10 }))).toBeInstanceOf(WhatsAppResponseError)
  })

  it('refuses ids that would change the URL path', async () => {
    const message = { to: { phone: '+1' }, content, opaqueId: 'm' }
    expect(await failure(client.sendMessage('1/../2', message))).toBeInstanceOf(TypeError)
    expect(await failure(client.getMedia('../me'))).toBeInstanceOf(TypeError)
    expect(seen).toEqual([])
  })

  it('stops when its signal aborts', async () => {
    const stop = new AbortController()
    answer = () => stop.abort()
    const sending = client.sendMessage(phoneNumberId, {
      to: { phone: '+1' },
      content,
      opaqueId: 'm',
      signal: stop.signal,
    })
    expect(await failure(sending)).toBeInstanceOf(AmbiguousSendError)
  })
})
