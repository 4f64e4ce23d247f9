import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  displayName,
  fitInto,
  formatOf,
  mayRetry,
  MEDIA_LIMITS,
  MEDIA_PROBLEMS,
  mediaRetryDelay,
  retryStatus,
} from './domain.ts'

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1')

describe('the format of a file', () => {
  test.each([
    ['jpeg', bytes('\xff\xd8\xff\xe0')],
    ['png', bytes('\x89PNG\r\n\x1a\n\0\0\0\rIHDR')],
    ['webp', bytes('RIFF\0\0\0\0WEBPVP8L')],
    [null, bytes('\xff\xd8')],
    [null, bytes('\x89PNG\r\n\x1a\n\0\0\0\rtEXt')],
    [null, bytes('\x89PNG\n\x1a\n')],
    [null, bytes('RIFF\0\0\0\0WAVEfmt ')],
    [null, bytes('RIFF\0\0\0\0WEBP')],
    [null, bytes('GIF89a')],
    [null, bytes('<svg')],
    [null, bytes('')],
  ] as const)('is detected as %s from the first bytes', (format, content) => {
    expect(formatOf(content)).toBe(format)
  })

  test('is null for other signatures', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (content) => {
        if (![0xff, 0x89, 0x52].includes(content[0] ?? 0)) expect(formatOf(content)).toBeNull()
      }),
    )
  })
})

test('a size fits the square, keeps its aspect ratio and is never enlarged', () => {
  const side = fc.integer({ min: 1, max: 60_000 })
  fc.assert(
    fc.property(side, side, fc.constantFrom(256, 640, 1600), (width, height, edge) => {
      const fitted = fitInto({ width, height }, edge)
      expect(Math.max(fitted.width, fitted.height)).toBeLessThanOrEqual(edge)
      expect(Math.min(fitted.width, fitted.height)).toBeGreaterThanOrEqual(1)
      expect(fitted.width <= width && fitted.height <= height).toBe(true)
      const scale = Math.min(1, edge / Math.max(width, height))
      expect(Math.abs(fitted.width - Math.max(1, width * scale))).toBeLessThanOrEqual(0.5)
      expect(Math.abs(fitted.height - Math.max(1, height * scale))).toBeLessThanOrEqual(0.5)
    }),
  )
})

describe('a file name', () => {
  test.each([
    ['photo.jpg', 'photo.jpg'],
    ['  photo.jpg ', 'photo.jpg'],
    ['../../etc/passwd', 'passwd'],
    ['C:\\images\\photo.jpg', 'photo.jpg'],
    ['photo\u202egpj.exe', 'photogpj.exe'],
    ['pho\0to.jpg', 'photo.jpg'],
    ['a\r\nb.jpg', 'ab.jpg'],
    ['\ud83d.jpg', '.jpg'],
    ['🥐.jpg', '🥐.jpg'],
    ['..', ''],
    ['', ''],
    ['\u200b', ''],
  ])('%j is displayed as %j', (name, shown) => {
    expect(displayName(name)).toBe(shown)
  })

  test('is short, visible, storable and idempotent', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (name) => {
        const shown = displayName(name)
        expect([...shown].length).toBeLessThanOrEqual(MEDIA_LIMITS.fileName)
        expect(shown).not.toMatch(/[/\\\p{Cc}\p{Cs}]/u)
        expect(displayName(shown)).toBe(shown.trim())
      }),
    )
  })
})

test('a retry is possible after recoverable failures only, and starts with the step that failed', () => {
  const codes = Object.keys(MEDIA_PROBLEMS)
  expect(codes.filter((failureCode) => mayRetry({ status: 'FAILED', failureCode }))).toEqual([
    'FETCH_FAILED',
    'PROCESSING_FAILED',
  ])
  expect(mayRetry({ status: 'READY', failureCode: 'FETCH_FAILED' })).toBe(false)
  expect(mayRetry({ status: 'FAILED', failureCode: null })).toBe(false)
  expect(retryStatus({ origin: 'CUSTOMER', originalKey: null })).toBe('FETCHING')
  expect(retryStatus({ origin: 'CUSTOMER', originalKey: 'a/original.bin' })).toBe('PROCESSING')
  expect(retryStatus({ origin: 'UPLOAD', originalKey: 'a/original.bin' })).toBe('PROCESSING')
  expect(retryStatus({ origin: 'UPLOAD', originalKey: null })).toBeNull()
})

test('every problem has a message of two sentences: the reason and the remedy', () => {
  for (const sentence of Object.values(MEDIA_PROBLEMS)) expect(sentence).toMatch(/^[A-Z].*\. ?.*\.$/)
})

test('the retry delay grows with the age of the image, from two seconds to ten minutes', () => {
  expect([0, 10_000, 60_000, 86_400_000].map(mediaRetryDelay)).toEqual([2_000, 5_000, 30_000, 600_000])
})
