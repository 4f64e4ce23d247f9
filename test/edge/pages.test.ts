import fastify, { type FastifyInstance } from 'fastify'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { request as httpRequest } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { registerWebApp } from '../../server/http/web-app.ts'
import { startTestStoreline, type TestStoreline } from '../harness/storeline.ts'

let storeline: TestStoreline
beforeAll(async () => {
  storeline = await startTestStoreline({ roles: ['api'], env: { METRICS_TOKEN: 'the-token-of-the-metrics' } })
})
afterAll(() => storeline[Symbol.asyncDispose]())

/** Sends a request with exactly this path; fetch would normalise it. */
function raw(
  path: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; headers: Record<string, unknown>; body: string }> {
  const { hostname, port } = new URL(storeline.url)
  return new Promise((done, fail) => {
    const request = httpRequest({ hostname, port, path, headers }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () =>
        done({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks).toString() }),
      )
    })
    request.on('error', fail).end()
  })
}

describe('pages', () => {
  let server: FastifyInstance
  let root: string
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'storeline-web-'))
    await mkdir(join(root, 'web'), { recursive: true })
    await mkdir(join(root, 'assets'))
    await writeFile(
      join(root, 'web/index.html'),
      '<script nonce="__CSP_NONCE__"></script><style nonce="__CSP_NONCE__"></style>',
    )
    await writeFile(join(root, 'assets/app-1234.js'), 'void 0')
    server = fastify()
    await registerWebApp(server, { root, phone: null })
  })
  afterAll(async () => {
    await server.close()
    await rm(root, { recursive: true })
  })

  test('do not include the phone page without an emulator', async () => {
    expect((await server.inject({ url: '/phone', headers: { accept: 'application/json' } })).statusCode).toBe(404)
  })

  test('have a content security policy that allows own scripts only, with a new nonce for every response', async () => {
    const answers = [
      await server.inject({ url: '/' }),
      await server.inject({ url: '/orders/1', headers: { accept: 'text/html' } }),
    ]
    const nonces = answers.map((answer) => {
      const policy = String(answer.headers['content-security-policy'])
      expect(policy).toContain(`default-src 'none'`)
      expect(policy).toContain(`frame-ancestors 'none'`)
      expect(policy).not.toMatch(/unsafe/)
      const nonce = /script-src 'self' 'nonce-([^']+)'/.exec(policy)?.[1] ?? ''
      expect(nonce).toMatch(/^[A-Za-z0-9+/]{22}==$/)
      expect(answer.body).toBe(`<script nonce="${nonce}"></script><style nonce="${nonce}"></style>`)
      expect(answer.headers['cache-control']).toBe('no-cache')
      return nonce
    })
    expect(nonces[0]).not.toBe(nonces[1])
  })

  test('are sent to browsers only; other clients get 404 as JSON', async () => {
    const answer = await server.inject({ url: '/nothing', headers: { accept: 'application/json' } })
    expect([answer.statusCode, answer.json()]).toEqual([404, { error: 'There is nothing here.' }])
  })

  test('are cached for ever when their name has a hash, and no path leads out of their folder', async () => {
    expect((await server.inject({ url: '/assets/app-1234.js' })).headers['cache-control']).toContain('immutable')
    for (const url of ['/..%2f..%2fetc/passwd', '/assets/..%2f..%2f..%2fetc%2fpasswd', '/%2e%2e/%2e%2e/etc/passwd']) {
      expect((await server.inject({ url })).body, url).not.toContain('root:')
    }
  })
})

test('every response forbids sniffing and framing, and has no header that names the server software', async () => {
  for (const path of ['/healthz', '/graphql', '/schema.graphql', '/nothing', '/media/none.png', '/webhooks/whatsapp']) {
    const { headers } = await raw(path)
    expect(headers, path).toMatchObject({
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'SAMEORIGIN',
      'x-request-id': expect.any(String),
    })
    expect(headers, path).not.toHaveProperty('x-powered-by')
    expect(headers, path).not.toHaveProperty('server')
  }
})

describe('request ids', () => {
  test.each(['partner-4711', 'a.b_c-d8', 'x'.repeat(64)])('%s is accepted from the client', async (id) => {
    expect((await raw('/healthz', { 'x-request-id': id })).headers['x-request-id']).toBe(id)
    const answer = await storeline.graphql({ 'x-request-id': id }).send('{ __typename }')
    expect(answer.headers.get('x-request-id')).toBe(id)
  })

  test.each(['short', 'x'.repeat(65), 'with space', '<script>', 'új-kérés-1', 'a/../../b', '{"a":1234}'])(
    '%s is replaced by a new UUID',
    async (id) => {
      const { headers } = await raw('/healthz', { 'x-request-id': Buffer.from(id).toString('latin1') })
      expect(headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/)
    },
  )
})

describe('/metrics', () => {
  test('is served with its token only', async () => {
    for (const authorization of [
      '',
      'Bearer wrong',
      'Bearer the-token-of-the-metric',
      'the-token-of-the-metrics',
      storeline.shop.key.authorization,
    ]) {
      expect((await raw('/metrics', { authorization })).status, authorization).toBe(401)
    }
    const { status, body } = await raw('/metrics', { authorization: 'Bearer the-token-of-the-metrics' })
    expect(status).toBe(200)
    expect(body).toMatch(/^storeline_ws_connections \d+$/m)
    expect(body).toMatch(/^storeline_queue_jobs\{queue="message_sending",state="waiting"\} \d+$/m)
  })

  test('contains no id, phone number or email address of a shop', async () => {
    const { body } = await raw('/metrics', { authorization: 'Bearer the-token-of-the-metrics' })
    for (const secret of [storeline.shop.merchantId, storeline.shop.phoneNumberId, storeline.shop.email])
      expect(body).not.toContain(secret)
    expect(body).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}-/)
  })
})

describe('/readyz', () => {
  test('is 200 while serving, 503 while stopping; /healthz stays 200', async () => {
    const { health } = storeline.http ?? { health: { ready: false } }
    expect(JSON.parse((await raw('/readyz')).body)).toEqual({ status: 'ok', database: 'ok' })
    health.ready = false
    const stopping = await raw('/readyz')
    expect([stopping.status, JSON.parse(stopping.body)]).toEqual([
      503,
      { status: 'starting or stopping', database: 'ok' },
    ])
    expect((await raw('/healthz')).status).toBe(200)
    health.ready = true
    expect((await raw('/readyz')).status).toBe(200)
  })
})

describe('/media', () => {
  test('serves a stored image with its media type, to be cached for ever', async () => {
    await storeline.app.storage.put('images/abc123.png', Buffer.from('an image'))
    const { status, headers, body } = await raw('/media/images/abc123.png')
    expect([status, body]).toEqual([200, 'an image'])
    expect(headers).toMatchObject({
      'content-type': 'image/png',
      'cache-control': 'public, max-age=31536000, immutable',
      'x-content-type-options': 'nosniff',
      'content-length': '8',
    })
  })

  test.each([
    '/media/../secrets.json',
    '/media/..%2fsecrets.json',
    '/media/%2e%2e/%2e%2e/secrets.json',
    '/media/images/..%2f..%2fsecrets.json',
    '/media/..%5csecrets.png',
    '/media/%2fetc%2fpasswd.png',
    '/media//etc/passwd',
    '/media/images/abc123.png%00.jpg',
    '/media/images/abc123.png/',
    '/media/images',
    '/media/images/abc123',
    '/media/a/b/c.png',
    '/media/.png',
    '/media/',
    '/media/%',
    `/media/${'a'.repeat(129)}.png`,
    '/media/images/abc123.svg',
    '/media/images/abc123.html',
  ])('%s is refused or not found', async (path) => {
    const { status, body } = await raw(path)
    expect([400, 404]).toContain(status)
    expect(body).not.toMatch(/WHATSAPP|root:|an image|ENOENT/)
  })
})
