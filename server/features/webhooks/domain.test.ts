import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { eventOf } from '../../events/testing.ts'
import { deliveryId } from './deliveries/delivery-id.ts'
import { classifyResponse, retryDelay, selectsType, webhookBody } from './domain.ts'

const NOW = Date.parse('2026-11-23T12:00:00Z')
const SCHEDULE = [0, 5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400]
const pause = (made: number, retryAfter: string | null = null, random = 0.5) =>
  retryDelay(made, SCHEDULE, { retryAfter, now: NOW, random })

describe('the retry schedule', () => {
  test('has a delay for each attempt, and ends', () => {
    expect(SCHEDULE.map((_seconds, made) => pause(made))).toEqual(SCHEDULE)
    expect(pause(10)).toBeNull()
  })

  test('has a jitter of at most a tenth for long delays, and none for short ones', () => {
    fc.assert(
      fc.property(fc.nat(9), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (made, random) => {
        const planned = SCHEDULE[made] ?? 0
        const spread = planned > 60 ? planned * 0.1 + 1e-6 : 0
        expect(Math.abs((pause(made, null, random) ?? 0) - planned)).toBeLessThanOrEqual(spread)
      }),
    )
    expect([pause(1, null, 0), pause(1, null, 0.99)]).toEqual([5, 5])
    expect([pause(2, null, 0), pause(2, null, 0.999_999)?.toFixed(0)]).toEqual([270, '330'])
  })
})

describe('Retry-After', () => {
  test.each([
    ['seconds', '120', 120],
    ['a date', 'Mon, 23 Nov 2026 12:10:00 GMT', 600],
    ['a date of the old form', 'Monday, 23-Nov-26 12:10:00 GMT', 600],
    ['less than planned', '1', 5],
    ['a date that has passed', 'Mon, 23 Nov 2026 11:00:00 GMT', 5],
    ['more than a day', '999999999', 86_400],
    ['a date in years', 'Tue, 23 Nov 2032 12:00:00 GMT', 86_400],
    ['nonsense', 'soon', 5],
    ['a number below zero', '-7', 5],
    ['a fraction', '1e9', 5],
    ['nothing', '', 5],
  ])('of %s', (_what, header, seconds) => {
    expect(pause(1, header)).toBe(seconds)
  })

  test('does not prolong an exhausted schedule', () => {
    expect(pause(10, '5')).toBeNull()
  })
})

describe('a response', () => {
  test.each([
    [200, 'delivered'],
    [204, 'delivered'],
    [299, 'delivered'],
    [301, 'failed'],
    [302, 'failed'],
    [304, 'failed'],
    [307, 'failed'],
    [400, 'failed'],
    [404, 'failed'],
    [410, 'gone'],
    [429, 'failed'],
    [500, 'failed'],
    [503, 'failed'],
  ])('with status %i counts as %s', (statusCode, kind) => {
    expect(classifyResponse({ statusCode, retryAfter: null }).kind).toBe(kind)
  })

  test('that redirects has an error with the remedy, and its Retry-After is ignored', () => {
    expect(classifyResponse({ statusCode: 302, retryAfter: '5' })).toMatchObject({
      error: expect.stringContaining('Redirects are not followed'),
      retryAfter: null,
    })
  })

  test('that never arrived counts as failed, with the reason', () => {
    const result = classifyResponse({ statusCode: null, error: 'The connection was refused.' })
    expect(result).toEqual({ kind: 'failed', error: 'The connection was refused.', retryAfter: null })
  })
})

test('the id of a delivery is a UUID computed from endpoint and event', () => {
  fc.assert(
    fc.property(fc.uuid(), fc.uuid(), fc.uuid(), (endpoint, event, other) => {
      const id = deliveryId(endpoint, event)
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
      expect(deliveryId(endpoint, event)).toBe(id)
      if (other !== event) expect(deliveryId(endpoint, other)).not.toBe(id)
      if (other !== endpoint) expect(deliveryId(other, event)).not.toBe(id)
    }),
  )
})

test('a body has the type, time, sequence and version of the event', () => {
  const { data, occurredAt } = eventOf(7)
  expect(JSON.parse(webhookBody(eventOf(7)))).toEqual({
    type: 'bot_connected',
    version: 1,
    timestamp: occurredAt,
    sequence: 7,
    incarnation: '',
    cursor: 'ZTc',
    data,
  })
})

test('an endpoint without selected types receives every type', () => {
  expect([
    selectsType([], 'stock_low'),
    selectsType(['stock_low'], 'stock_low'),
    selectsType(['order_created'], 'stock_low'),
  ]).toEqual([true, true, false])
})
