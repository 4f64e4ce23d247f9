import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { boundaryOf, MultipartError, parseMultipart, type Part } from './multipart.ts'

const TYPE = 'multipart/form-data; boundary=xyz'
const parse = (body: string, type = TYPE, mostParts = 5): Part[] =>
  parseMultipart(Buffer.from(body, 'utf8'), type, { mostParts })
const part = (headers: string, content = 'value'): string => `--xyz\r\n${headers}\r\n\r\n${content}\r\n`
const named = (parameters: string): string => part(`Content-Disposition: form-data; ${parameters}`)
const END = '--xyz--\r\n'

describe('the boundary', () => {
  test.each([
    ['multipart/form-data; boundary=abc', 'abc'],
    ['multipart/form-data;boundary="a b c"; charset=utf-8', 'a b c'],
    ['multipart/form-data; charset=utf-8; Boundary=----WebKitFormBoundaryx7', '----WebKitFormBoundaryx7'],
  ])('is read from %s', (type, boundary) => {
    expect(boundaryOf(type)).toBe(boundary)
  })
  test.each([
    'multipart/form-data',
    'multipart/form-data; boundary=',
    `multipart/form-data; boundary="${'a'.repeat(71)}"`,
  ])('is missed in %s', (type) => {
    expect(() => boundaryOf(type)).toThrow(MultipartError)
  })
})

describe('parts as clients write them', () => {
  test.each([
    ['a browser', 'name="0"; filename="photo.jpg"', '0', 'photo.jpg'],
    ['a field', 'name="operations"', 'operations', null],
    ['no quotes', 'name=operations; filename=photo.jpg', 'operations', 'photo.jpg'],
    ['another order', 'filename="photo.jpg"; name="0"', '0', 'photo.jpg'],
    ['quotes as browsers write them', 'name="0"; filename="a %22good%22 photo.jpg"', '0', 'a "good" photo.jpg'],
    ['quotes behind a backslash', 'name="0"; filename="a \\"good\\" photo.jpg"', '0', 'a "good" photo.jpg'],
    ['UTF-8', 'name="0"; filename="café ☕.jpg"', '0', 'café ☕.jpg'],
    ['an encoded name', `name="0"; filename="cafe.jpg"; filename*=UTF-8''caf%C3%A9.jpg`, '0', 'café.jpg'],
    ['a wrongly encoded name', `name="0"; filename="cafe.jpg"; filename*=UTF-8''caf%E9.jpg`, '0', 'cafe.jpg'],
    ['an empty name of a file', 'name="0"; filename=""', '0', ''],
    ['a name with a semicolon', 'name="0"; filename="a;b.jpg"', '0', 'a;b.jpg'],
    ['a name that looks like parameters', 'filename="a; name=b; c.jpg"; name="0"', '0', 'a; name=b; c.jpg'],
    ['line breaks in a name', 'name="0"; filename="a%0D%0Ab.jpg"', '0', 'a  b.jpg'],
  ])('%s', (_what, parameters, name, fileName) => {
    expect(parse(named(parameters) + END)).toEqual([{ name, fileName, content: Buffer.from('value') }])
  })

  test('with a preamble, an epilogue, blanks behind the boundary and headers in any case', () => {
    const body = `ignore this\r\n--xyz  \r\ncontent-type: text/plain\r\nCONTENT-DISPOSITION: form-data; name="a"\r\n\r\n1\r\n${END}ignore that`
    expect(parse(body)).toEqual([{ name: 'a', fileName: null, content: Buffer.from('1') }])
  })

  test('with what looks like a boundary inside', () => {
    expect(parse(part('Content-Disposition: form-data; name="a"', 'x--xyz\n--xyz') + END)[0]?.content.toString()).toBe(
      'x--xyz\n--xyz',
    )
  })
})

describe('a body is refused', () => {
  test.each([
    ['when empty', ''],
    ['when it is something else', '{"query":"{ viewer { id } }"}'],
    ['when it ends in a part', named('name="a"').slice(0, -4)],
    ['when the last boundary is missing', named('name="a"')],
    ['when a part has no name', part('Content-Disposition: form-data') + END],
    ['when a part is no form data', part('Content-Disposition: attachment; name="a"') + END],
    ['when a part has no headers', `--xyz\r\n\r\n${END}`],
    [
      'when headers do not end',
      `--xyz\r\nContent-Disposition: form-data; name="a"; x=${'y'.repeat(5_000)}\r\n\r\nv\r\n${END}`,
    ],
    ['when a boundary goes on', `--xyz1\r\nContent-Disposition: form-data; name="a"\r\n\r\nv\r\n--xyz1--`],
    ['when it has too many parts', named('name="a"').repeat(6) + END],
  ])('%s', (_what, body) => {
    expect(() => parse(body)).toThrow(MultipartError)
  })
})

test('whatever is written can be read back', () => {
  const content = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes))
  const parts = fc.array(fc.record({ name: fc.stringMatching(/^[a-z0-9]{1,8}$/), content }), {
    minLength: 1,
    maxLength: 5,
  })
  fc.assert(
    fc.property(parts, (written) => {
      fc.pre(written.every((one) => !one.content.includes('--xyz')))
      const body = Buffer.concat([
        ...written.flatMap(({ name, content: bytes }) => [
          Buffer.from(`--xyz\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n`),
          bytes,
          Buffer.from('\r\n'),
        ]),
        Buffer.from(END),
      ])
      const read = parseMultipart(body, TYPE, { mostParts: 5 })
      expect(read).toEqual(written.map((one) => ({ ...one, fileName: null })))
    }),
  )
})

test('no body does anything but be read or be refused, and none takes long', () => {
  const piece = fc.constantFrom(
    '--xyz',
    '\r\n',
    '--',
    'Content-Disposition: form-data; name="a"',
    '; filename="',
    '"',
    '\\',
    'x',
    '\0',
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
      try {
        parse(pieces.join(''))
      } catch (error) {
        expect(error).toBeInstanceOf(MultipartError)
      }
    }),
    { numRuns: 3_000 },
  )
  const begun = performance.now()
  expect(() => parse(`--xyz\r\nContent-Disposition: form-data; name="${'\\'.repeat(4_000)}\r\n\r\n\r\n${END}`)).toThrow(
    MultipartError,
  )
  expect(() => parse('\r\n--xyz\r\n'.repeat(200_000))).toThrow(MultipartError)
  expect(performance.now() - begun).toBeLessThan(1_000)
})
