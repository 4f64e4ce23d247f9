import fc from 'fast-check'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { systemActor } from '../auth/actor.ts'
import type { UploadedFile } from '../graphql/uploaded-file.ts'
import { CSRF_HEADER, RequestError } from './graphql-request.ts'
import { createUploadSlots } from './upload-slots.ts'
import { readUpload, UPLOAD_BOUNDS } from './uploads.ts'

type Answer = { status: number; code?: string; message?: string; fileName?: string; content?: string }

let server: Server
let url: string
beforeAll(async () => {
  const caller = { actor: systemActor('m') }
  const options = { permission: 'media:write', slots: createUploadSlots(UPLOAD_BOUNDS) } as const
  server = createServer((request, response) => {
    const answer = (status: number, body: object) => void response.writeHead(status).end(JSON.stringify(body))
    readUpload({ raw: request, headers: request.headers }, caller, options).then(
      ({ variables }) => {
        const { file } = variables as { file: UploadedFile }
        answer(200, { fileName: file.fileName, content: file.bytes.toString('base64') })
      },
      (error: unknown) => {
        const isRefusal = error instanceof RequestError
        answer(isRefusal ? 400 : 500, isRefusal ? { code: error.code, message: error.message } : {})
      },
    )
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
})
afterAll(() => void server.close())

const TYPE = 'multipart/form-data; boundary=xyz'
const part = (headers: string, content: string): string => `--xyz\r\n${headers}\r\n\r\n${content}\r\n`
const named = (parameters: string, content: string): string =>
  part(`Content-Disposition: form-data; ${parameters}`, content)
const JSON_PARTS =
  named('name="operations"', '{"query":"{ a }","variables":{"file":null}}') +
  named('name="map"', '{"0":["variables.file"]}')
const END = '--xyz--\r\n'

async function send(body: string | Buffer, type = TYPE): Promise<Answer> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': type, [CSRF_HEADER]: '1' },
    body: Uint8Array.from(Buffer.from(body)),
  })
  return { status: response.status, ...((await response.json()) as object) }
}

describe('an upload is read', () => {
  test.each([
    ['multipart/form-data;boundary="x y"; charset=utf-8', 'x y'],
    ['multipart/form-data; charset=utf-8; Boundary=----WebKitFormBoundaryx7', '----WebKitFormBoundaryx7'],
  ])('with the boundary of %s', async (type, boundary) => {
    const body = (JSON_PARTS + named('name="0"; filename="a.jpg"', 'value') + END).replaceAll('--xyz', `--${boundary}`)
    expect(await send(body, type)).toMatchObject({ status: 200, fileName: 'a.jpg' })
  })

  test.each([
    ['a browser', 'name="0"; filename="photo.jpg"', 'photo.jpg'],
    ['a client without quotes', 'name=0; filename=photo.jpg', 'photo.jpg'],
    ['a client that writes the file name first', 'filename="photo.jpg"; name="0"', 'photo.jpg'],
    ['a browser that writes quotes', 'name="0"; filename="a %22good%22 photo.jpg"', 'a "good" photo.jpg'],
    ['a client that writes quotes', 'name="0"; filename="a \\"good\\" photo.jpg"', 'a "good" photo.jpg'],
    ['a client that writes UTF-8', 'name="0"; filename="café ☕.jpg"', 'café ☕.jpg'],
    ['a client with an empty file name', 'name="0"; filename=""', ''],
    ['a client with a path', 'name="0"; filename="a/b.jpg"', 'a/b.jpg'],
    ['a client with a semicolon in the file name', 'name="0"; filename="a;b.jpg"', 'a;b.jpg'],
    ['a client with parameters in the file name', 'filename="a; name=b; c.jpg"; name="0"', 'a; name=b; c.jpg'],
    ['a client with line breaks in the file name', 'name="0"; filename="a%0D%0Ab.jpg"', 'a  b.jpg'],
  ])('as written by %s', async (_who, parameters, fileName) => {
    const content = Buffer.from('value').toString('base64')
    expect(await send(JSON_PARTS + named(parameters, 'value') + END)).toEqual({ status: 200, fileName, content })
  })

  test('with a preamble, an epilogue, headers in any case and the boundary inside the file', async () => {
    const inside = 'x--xyz\n--xyz'
    const file = `--xyz\r\ncontent-type: image/png\r\nCONTENT-DISPOSITION: form-data; name="0"; filename="a"\r\n\r\n${inside}\r\n`
    expect(await send(`ignore this\r\n${JSON_PARTS}${file}${END}ignore that`)).toEqual({
      status: 200,
      fileName: 'a',
      content: Buffer.from(inside).toString('base64'),
    })
  })

  test('byte for byte, whatever its content', async () => {
    const contents = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes))
    await fc.assert(
      fc.asyncProperty(contents, async (content) => {
        fc.pre(!content.includes('--xyz'))
        const head = `${JSON_PARTS}--xyz\r\nContent-Disposition: form-data; name="0"; filename="a"\r\n\r\n`
        const answer = await send(Buffer.concat([Buffer.from(head), content, Buffer.from(`\r\n${END}`)]))
        expect(answer).toEqual({ status: 200, fileName: 'a', content: content.toString('base64') })
      }),
    )
  })
})

describe('an upload is refused', () => {
  const file = named('name="0"; filename="a"', 'value')
  test.each([
    ['when empty', '', 'does not begin with the boundary'],
    ['when it is JSON', '{"query":"{ viewer { id } }"}', 'does not begin with the boundary'],
    ['when it ends in a part', JSON_PARTS + file.slice(0, -4), 'ends in the middle'],
    ['when the last boundary is missing', JSON_PARTS + file, 'ends in the middle'],
    ['when a part has no name', JSON_PARTS + part('Content-Disposition: form-data', 'v') + END, 'has no name'],
    [
      'when the file part is not form-data',
      JSON_PARTS + part('Content-Disposition: attachment; name="0"', 'v') + END,
      '"0"',
    ],
    ['when a part has no headers', `--xyz\r\n\r\n${END}`, '"operations"'],
    [
      'when headers are longer than 4 KB',
      JSON_PARTS + named(`name="0"; x=${'y'.repeat(5_000)}; filename="a"`, 'v') + END,
      '',
    ],
    ['when a line only begins with the boundary', `${JSON_PARTS}--xyz1\r\n\r\nv\r\n${END}`, '"0"'],
    ['when it has too many parts', JSON_PARTS + file.repeat(2) + END, 'more than 3 parts'],
  ])('%s', async (_what, body, message) => {
    const answer = await send(body)
    if (message)
      expect(answer).toMatchObject({ status: 400, code: 'BAD_REQUEST', message: expect.stringContaining(message) })
    else expect(answer.status).toBeLessThan(500)
  })

  test('without a boundary in the content type', async () => {
    expect(await send(JSON_PARTS + file + END, 'multipart/form-data')).toMatchObject({
      code: 'BAD_REQUEST',
      message: 'The content type names no boundary.',
    })
    expect(await send(JSON_PARTS + file + END, 'multipart/form-data; boundary=')).toMatchObject({ code: 'BAD_REQUEST' })
  })

  test('within a bounded time when its body is malformed', async () => {
    const piece = fc.constantFrom(
      '--xyz',
      '\r\n',
      '--',
      'Content-Disposition: form-data; name="a"',
      '; filename="',
      '"',
      '\\',
      '\0',
    )
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 60 }), async (pieces) => {
        expect((await send(pieces.join(''))).status).toBe(400)
      }),
      { numRuns: 100 },
    )
    const startedAt = performance.now()
    for (const body of [
      `--xyz\r\nContent-Disposition: form-data; name="${'\\'.repeat(4_000)}`,
      '\r\n--xyz\r\n'.repeat(200_000),
    ])
      expect((await send(body)).status).toBe(400)
    expect(performance.now() - startedAt).toBeLessThan(10_000)
  })
})
