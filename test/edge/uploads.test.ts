import { connect } from 'node:net'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { systemActor } from '../../server/auth/actor.ts'
import { createApiKey } from '../../server/features/api-keys/service.ts'
import { queryMerchant } from '../../server/db/merchant-query.ts'
import { UPLOAD_BOUNDS, UPLOAD_LIMITS } from '../../server/http/uploads.ts'
import { plainImage } from '../harness/images.ts'
import { createTestShop } from '../harness/shop.ts'
import { startTestStoreline, type TestStoreline } from '../harness/storeline.ts'
import { resultOf, upload, UPLOAD } from '../harness/upload.ts'

let storeline: TestStoreline
let image: Buffer
beforeAll(async () => {
  storeline = await startTestStoreline({ roles: ['api'] })
  image = await plainImage()
})
afterAll(() => storeline[Symbol.asyncDispose]())

type Field = [name: string, value: string | Blob, fileName?: string]
type Refusal = { status: number; message: string; code: unknown }

/** Sends these parts unchanged and returns the refusal. */
async function refusalOf(fields: Field[], headers: Record<string, string> = {}): Promise<Refusal> {
  const form = new FormData()
  for (const [name, value, fileName] of fields) {
    if (value instanceof Blob) form.append(name, value, fileName)
    else form.append(name, value)
  }
  return readRefusal(
    await fetch(`${storeline.url}/graphql`, {
      method: 'POST',
      headers: { 'x-graphql-yoga-csrf': '1', ...storeline.shop.key, ...headers },
      body: form,
    }),
  )
}
async function readRefusal(response: Response): Promise<Refusal> {
  const { errors } = (await response.json()) as { errors?: { message: string; extensions?: { code: string } }[] }
  return { status: response.status, message: errors?.[0]?.message ?? '', code: errors?.[0]?.extensions?.code }
}

const operations = (variables: unknown = { input: { file: null } }) => JSON.stringify({ query: UPLOAD, variables })
const MAP = JSON.stringify({ '0': ['variables.input.file'] })
const file = (): Field => ['0', new Blob([new Uint8Array(image)]), 'a.jpg']
const images = async (): Promise<number> =>
  (await queryMerchant(storeline.app, storeline.shop.merchantId, 'SELECT 1 FROM media_asset')).length

describe('a multipart request is refused with a message', () => {
  const cases: [string, () => Field[], string][] = [
    ['without operations', () => [['map', MAP], file()], 'Send one part named "operations"'],
    ['without a map', () => [['operations', operations()], file()], 'Send one part named "map"'],
    [
      'without the file',
      () => [
        ['operations', operations()],
        ['map', MAP],
      ],
      'send it as the one part of that name',
    ],
    [
      'with two files',
      () => [['operations', operations()], ['map', MAP], file(), ['1', new Blob(['x']), 'b.jpg']],
      'more than 3 parts',
    ],
    [
      'with another file',
      () => [
        ['operations', operations()],
        ['map', MAP],
        ['1', new Blob(['x']), 'b.jpg'],
      ],
      'names the file "0"',
    ],
    [
      'with operations twice',
      () => [
        ['operations', operations()],
        ['operations', operations()],
        ['map', MAP],
      ],
      'Send one part named "operations"',
    ],
    [
      'with operations that are not JSON',
      () => [['operations', '{'], ['map', MAP], file()],
      '"operations" is not JSON',
    ],
    [
      'with null for operations',
      () => [['operations', 'null'], ['map', MAP], file()],
      '"operations" must be a JSON object',
    ],
    [
      'with a number for operations',
      () => [['operations', '7'], ['map', MAP], file()],
      '"operations" must be a JSON object',
    ],
    [
      'with operations: null',
      () => [['operations', '{"operations": null}'], ['map', MAP], file()],
      'has no null there',
    ],
    [
      'with a list of operations',
      () => [['operations', `[${operations()}]`], ['map', MAP], file()],
      'one operation a request',
    ],
    ['with a map that is not JSON', () => [['operations', operations()], ['map', 'x'], file()], '"map" is not JSON'],
    [
      'with null for the map',
      () => [['operations', operations()], ['map', 'null'], file()],
      '"map" must be a JSON object',
    ],
    ['with an empty map', () => [['operations', operations()], ['map', '{}'], file()], 'must name one file'],
    [
      'with a map of two files',
      () => [
        ['operations', operations()],
        ['map', '{"0":["variables.input.file"],"1":["variables.input.file"]}'],
        file(),
      ],
      'must name one file',
    ],
    [
      'with a map of two paths',
      () => [['operations', operations()], ['map', '{"0":["variables.input.file","variables.a"]}'], file()],
      'one path in the variables',
    ],
    [
      'with a map whose value is not a list',
      () => [['operations', operations()], ['map', '{"0":"variables.input.file"}'], file()],
      'one path in the variables',
    ],
    [
      'with a path to the document',
      () => [['operations', operations()], ['map', '{"0":["query"]}'], file()],
      'one path in the variables',
    ],
    [
      'with a path that does not exist',
      () => [['operations', operations()], ['map', '{"0":["variables.input.image"]}'], file()],
      'has no null there',
    ],
    [
      'with a path through the prototype',
      () => [['operations', operations()], ['map', '{"0":["variables.__proto__.polluted"]}'], file()],
      'has no null there',
    ],
    [
      'with a value in place of the null',
      () => [['operations', operations({ input: { file: 'x' } })], ['map', MAP], file()],
      'has no null there',
    ],
    [
      'without variables',
      () => [['operations', JSON.stringify({ query: UPLOAD })], ['map', MAP], file()],
      'has no null there',
    ],
  ]
  test.each(cases)('%s', async (_what, fields, sentence) => {
    const before = await images()
    expect(await refusalOf(fields())).toEqual({
      status: 400,
      code: 'BAD_REQUEST',
      message: expect.stringContaining(sentence),
    })
    expect(await images()).toBe(before)
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
  })

  test.each([
    ['without a boundary', 'multipart/form-data', 'names no boundary'],
    ['with another boundary', 'multipart/form-data; boundary=abc', 'does not begin with the boundary'],
  ])('%s', async (_what, type, sentence) => {
    const response = await fetch(`${storeline.url}/graphql`, {
      method: 'POST',
      headers: { 'x-graphql-yoga-csrf': '1', ...storeline.shop.key, 'content-type': type },
      body: '--xyz\r\nContent-Disposition: form-data; name="operations"\r\n\r\n{}\r\n--xyz--\r\n',
    })
    expect(await readRefusal(response)).toEqual({
      status: 400,
      code: 'BAD_REQUEST',
      message: expect.stringContaining(sentence),
    })
  })

  test('with an invalid document, and the message names the invalid field', async () => {
    const query = 'mutation ($input: UploadMediaInput!) { uploadMedia(input: $input) { nothing } }'
    const fields: Field[] = [
      ['operations', JSON.stringify({ query, variables: { input: { file: null } } })],
      ['map', MAP],
      file(),
    ]
    expect((await refusalOf(fields)).message).toContain('nothing')
  })
})

describe('a caller without the permission is refused before the file is sent', () => {
  /** Sends the headers of a large body without the body, and waits for the answer. */
  const announce = (headers: Record<string, string>, length = 9_000_000): Promise<string> =>
    new Promise((done, fail) => {
      const { hostname, port } = new URL(storeline.url)
      const socket = connect(Number(port), hostname)
      const lines = Object.entries({
        host: hostname,
        'content-type': 'multipart/form-data; boundary=xyz',
        'content-length': String(length),
        ...headers,
      }).map(([name, value]) => `${name}: ${value}`)
      let answer = ''
      socket.write(`POST /graphql HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`)
      socket.on('data', (chunk) => (answer += chunk.toString()))
      socket.on('close', () => done(answer))
      socket.on('error', fail)
      socket.setTimeout(5_000, () => fail(new Error('No answer within 5 s')))
    })
  const csrf = { 'x-graphql-yoga-csrf': '1' }

  test('an anonymous caller', async () => {
    expect(await announce(csrf)).toMatch(/^HTTP\/1.1 401 .*UNAUTHENTICATED/s)
  })
  test('a key without the scope', async () => {
    const { app, shop } = storeline
    const { secret } = await createApiKey(app, systemActor(shop.merchantId), { name: 'Narrow', scopes: ['media:read'] })
    expect(await announce({ ...csrf, authorization: `Bearer ${secret}` })).toMatch(/^HTTP\/1.1 403 .*media:write/s)
  })
  test('the bot', async () => {
    const authorization = `Bearer ${storeline.app.config.botApiKey}`
    expect(await announce({ ...csrf, authorization })).toMatch(/^HTTP\/1.1 403 .*FORBIDDEN/s)
  })
  test('a page of another origin, which cannot send the header', async () => {
    expect(await announce(storeline.shop.key)).toMatch(/^HTTP\/1.1 403 .*x-graphql-yoga-csrf/s)
  })
  test('a caller whose content-length exceeds the limit', async () => {
    expect(await announce({ ...csrf, ...storeline.shop.key }, UPLOAD_LIMITS.bodyBytes + 1)).toMatch(
      /^HTTP\/1.1 413 .*10 MB/s,
    )
  })
})

describe('uploads that are too large or too slow', () => {
  const chunked = (chunks: AsyncIterable<Uint8Array>) =>
    fetch(`${storeline.url}/graphql`, {
      method: 'POST',
      headers: {
        'x-graphql-yoga-csrf': '1',
        ...storeline.shop.key,
        'content-type': 'multipart/form-data; boundary=xyz',
      },
      body: Readable.toWeb(Readable.from(chunks)),
      duplex: 'half',
    } as RequestInit)

  test('a body without a content-length is refused when it exceeds the limit', async () => {
    let sent = 0
    const endless = async function* () {
      for (; sent < 30_000_000; sent += 65_536) yield new Uint8Array(65_536)
    }
    const answer = await chunked(endless()).then(readRefusal, () => ({ status: 413 }))
    expect(answer.status).toBe(413)
    expect(sent).toBeLessThan(30_000_000)
  })

  test('a file of 10 MB and one byte is refused with a message about the file', async () => {
    const bytes = Buffer.concat([image, Buffer.alloc(UPLOAD_LIMITS.fileBytes + 1 - image.length)])
    const answer = await upload(storeline.url, storeline.shop.key, { bytes })
    expect([answer.status, answer.errors?.[0]?.message]).toEqual([413, 'The file is too large: it may have 10 MB.'])
  })

  test('JSON beside a file is limited to 1 MB, as without a file', async () => {
    const form = new FormData()
    form.set('operations', JSON.stringify({ query: UPLOAD, variables: { pad: 'x'.repeat(1024 * 1024) } }))
    form.set('map', '{"0":["variables.input.file"]}')
    form.set('0', new Blob(['x']), 'a.jpg')
    const headers = { 'x-graphql-yoga-csrf': '1', ...storeline.shop.key }
    const response = await fetch(`${storeline.url}/graphql`, { method: 'POST', headers, body: form })
    expect([response.status, await response.text()]).toEqual([413, expect.stringContaining('PAYLOAD_TOO_LARGE')])
  })

  test('a file of exactly 10 MB is accepted', async () => {
    const bytes = Buffer.concat([image, Buffer.alloc(UPLOAD_LIMITS.fileBytes - image.length)])
    expect(resultOf(await upload(storeline.url, storeline.shop.key, { bytes }))).toMatchObject({
      __typename: 'MediaAsset',
    })
  })

  test('an upload that sends nothing for ten seconds is refused', async () => {
    const silent = async function* () {
      yield Buffer.from('--xyz\r\n')
      await new Promise((done) => setTimeout(done, UPLOAD_LIMITS.idleMs + 5_000).unref())
    }
    expect(await readRefusal(await chunked(silent()))).toMatchObject({
      status: 408,
      message: expect.stringContaining('too slow'),
    })
  }, 20_000)

  test('an aborted upload adds no image, and later uploads succeed', async () => {
    const before = await images()
    const leaving = new AbortController()
    const broken = async function* () {
      yield Buffer.from('--xyz\r\n')
      leaving.abort()
      yield Buffer.from('never')
    }
    const response = fetch(`${storeline.url}/graphql`, {
      method: 'POST',
      headers: {
        'x-graphql-yoga-csrf': '1',
        ...storeline.shop.key,
        'content-type': 'multipart/form-data; boundary=xyz',
      },
      body: Readable.toWeb(Readable.from(broken())),
      duplex: 'half',
      signal: leaving.signal,
    } as RequestInit)
    await expect(response).rejects.toThrow()
    expect(resultOf(await upload(storeline.url, storeline.shop.key, { bytes: image })).__typename).toBe('MediaAsset')
    expect(await images()).toBe(before + 1)
  })
})

describe('uploads that send one byte a second', () => {
  /** Starts `count` uploads, each of which sends one byte a second. */
  function startSlowUploads(key: Record<string, string>, count: number) {
    const { hostname, port } = new URL(storeline.url)
    const head = Object.entries({
      host: hostname,
      'content-type': 'multipart/form-data; boundary=xyz',
      'content-length': '9000000',
      'x-graphql-yoga-csrf': '1',
      ...key,
    }).map(([name, value]) => `${name}: ${value}`)
    let ended = 0
    const slowUploads = Array.from({ length: count }, () => {
      const socket = connect(Number(port), hostname)
      socket.write(`POST /graphql HTTP/1.1\r\n${head.join('\r\n')}\r\n\r\n--xyz`)
      const timer = setInterval(() => socket.write('x'), 1_000)
      let answer = ''
      socket.on('data', (chunk) => (answer += chunk.toString()))
      const answered = new Promise<string>((done) =>
        socket
          .on('error', () => {})
          .once('close', () => {
            clearInterval(timer)
            ended++
            done(answer)
          }),
      )
      return { socket, answered }
    })
    return {
      answers: () => Promise.all(slowUploads.map(({ answered }) => answered)),
      /** Those that were refused, so that the others hold their slots. */
      ended: () => ended,
      stop: () => slowUploads.forEach(({ socket }) => socket.destroy()),
    }
  }
  const keyOf = async (merchantId: string) => {
    const created = await createApiKey(storeline.app, systemActor(merchantId), {
      name: 'Uploads',
      scopes: ['media:write', 'media:read'],
    })
    return { authorization: `Bearer ${created.secret}` }
  }
  const send = (key: Record<string, string>) => upload(storeline.url, key, { bytes: image })

  test('use up the slots of their key only: other keys and other shops still upload', async () => {
    const { merchantId } = storeline.shop
    const [slowKey, colleague] = [await keyOf(merchantId), await keyOf(merchantId)]
    const other = await createTestShop(storeline.app)
    const slowUploads = startSlowUploads(slowKey, UPLOAD_BOUNDS.total)
    // An upload sent before would take one of their slots, and the one refused for it does not come back.
    await vi.waitFor(() => expect(slowUploads.ended()).toBe(UPLOAD_BOUNDS.total - UPLOAD_BOUNDS.perCaller), 5_000)
    expect((await send(slowKey)).status).toBe(429)
    expect((await send(slowKey)).errors).toMatchObject([
      { extensions: { code: 'RATE_LIMITED', retryAfter: 5 }, message: expect.stringContaining('when one of them') },
    ])
    expect((await send(colleague)).status).toBe(200)
    expect((await send(other.key)).status).toBe(200)
    slowUploads.stop()
    await vi.waitFor(async () => expect((await send(slowKey)).status).toBe(200), 5_000)
  })

  test('of several keys use up the slots of their shop only', async () => {
    const { merchantId } = storeline.shop
    const keys = await Promise.all(Array.from({ length: 3 }, () => keyOf(merchantId)))
    const other = await createTestShop(storeline.app)
    const slowUploads = keys.map((key) => startSlowUploads(key, UPLOAD_BOUNDS.perCaller))
    const colleague = await keyOf(merchantId)
    const { perCaller, perMerchant } = UPLOAD_BOUNDS
    const ended = () => slowUploads.reduce((sum, one) => sum + one.ended(), 0)
    await vi.waitFor(() => expect(ended()).toBe(3 * perCaller - perMerchant), 5_000)
    expect((await send(colleague)).status).toBe(429)
    expect((await send(colleague)).errors?.[0]?.message).toContain('The shop has 8 uploads under way')
    expect((await send(other.key)).status).toBe(200)
    for (const one of slowUploads) one.stop()
    await vi.waitFor(async () => expect((await send(colleague)).status).toBe(200), 5_000)
  })

  test('are refused after one window of the minimum rate', async () => {
    const [answer] = await startSlowUploads(storeline.shop.key, 1).answers()
    expect(answer).toMatch(/^HTTP\/1.1 408 .*too slow/s)
  }, 20_000)
})

test('JSON requests are still read, and other routes refuse multipart bodies', async () => {
  expect(await storeline.graphql(storeline.shop.key).run('{ mediaAssets { totalCount } }')).toMatchObject({
    mediaAssets: {},
  })
  const form = new FormData()
  form.append('a', 'b')
  const response = await fetch(`${storeline.url}/webhooks/whatsapp`, { method: 'POST', body: form })
  expect(response.status).toBeGreaterThanOrEqual(400)
  expect(response.status).toBeLessThan(500)
})
