import fc from 'fast-check'
import { expect, test } from 'vitest'
import { rangeOf } from './byte-range.ts'

test.each([
  [undefined, null],
  ['', null],
  ['bytes=0-0', { start: 0, end: 0 }],
  ['bytes=0-', { start: 0, end: 99 }],
  ['bytes=10-19', { start: 10, end: 19 }],
  ['bytes=90-500', { start: 90, end: 99 }],
  ['bytes=-1', { start: 99, end: 99 }],
  ['bytes=-500', { start: 0, end: 99 }],
  ['bytes=99-99', { start: 99, end: 99 }],
  ['bytes=100-', 'unsatisfiable'],
  ['bytes=100-200', 'unsatisfiable'],
  ['bytes=-0', 'unsatisfiable'],
  ['bytes=20-10', null],
  ['bytes=-', null],
  ['bytes=a-b', null],
  ['bytes=0-1,5-6', null],
  ['items=0-1', null],
  ['bytes=0-99999999999999999999', null],
] as const)('of 100 bytes, %s is %o', (header, range) => {
  expect(rangeOf(header, 100)).toEqual(range)
})

test('an empty file has no satisfiable range', () => {
  expect([rangeOf('bytes=0-', 0), rangeOf('bytes=-5', 0)]).toEqual(['unsatisfiable', 'unsatisfiable'])
})

test('a range never exceeds the file', () => {
  const header = fc.tuple(fc.nat(300), fc.option(fc.nat(300)), fc.boolean())
  fc.assert(
    fc.property(header, fc.nat(200), ([first, last, suffix], size) => {
      const range = rangeOf(suffix ? `bytes=-${first}` : `bytes=${first}-${last ?? ''}`, size)
      if (range === null || range === 'unsatisfiable') return
      expect(range.start).toBeGreaterThanOrEqual(0)
      expect(range.end).toBeLessThan(size)
      expect(range.start).toBeLessThanOrEqual(range.end)
    }),
  )
})
