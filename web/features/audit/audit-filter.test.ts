import { describe, expect, test } from 'vitest'
import { auditFilter, detailRows, startOfDay } from './audit-filter.ts'

describe('a day of the shop', () => {
  test.each([
    ['2026-07-01', 'UTC', '2026-07-01T00:00:00.000Z'],
    ['2026-07-01', 'America/New_York', '2026-07-01T04:00:00.000Z'],
    ['2026-01-01', 'America/New_York', '2026-01-01T05:00:00.000Z'],
    // The clocks go forward at two in the night that follows.
    ['2026-03-08', 'America/New_York', '2026-03-08T05:00:00.000Z'],
    ['2026-03-09', 'America/New_York', '2026-03-09T04:00:00.000Z'],
    ['2026-07-01', 'Asia/Kathmandu', '2026-06-30T18:15:00.000Z'],
  ])('%s in %s begins at %s', (day, timeZone, instant) => {
    expect(startOfDay(day, timeZone)).toBe(instant)
  })
})

describe('the filter in the address', () => {
  const of = (query: string) => auditFilter(new URLSearchParams(query), 'UTC')

  test('is empty without parameters and ignores invalid dates', () => {
    expect(of('')).toEqual({})
    expect(of('from=yesterday&to=2026-13-77')).toEqual({})
  })

  test('includes whole days', () => {
    expect(of('from=2026-11-03&to=2026-11-03')).toEqual({
      after: '2026-11-03T00:00:00.000Z',
      before: '2026-11-04T00:00:00.000Z',
    })
  })

  test('distinguishes a member from a kind of actor', () => {
    expect(of('who=SYSTEM&what=order.')).toEqual({ actorKind: 'SYSTEM', action: 'order.' })
    expect(of('who=0190-a&subject=0190-b')).toEqual({ actorId: '0190-a', subjectId: '0190-b' })
  })
})

test('details become labels and values', () => {
  expect(detailRows({ fromStatus: 'PENDING', reason: null, overlap_hours: 24, types: ['a'] })).toEqual([
    { label: 'from status', value: 'PENDING' },
    { label: 'overlap hours', value: '24' },
    { label: 'types', value: '["a"]' },
  ])
  expect(detailRows(null)).toEqual([])
})
