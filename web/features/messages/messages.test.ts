import { describe, expect, test } from 'vitest'
import type { MessageStatus } from '../../generated/operations.ts'
import { replyWindow } from './reply-window.ts'
import { failureReason, ticksOf } from './ticks.ts'

describe('ticks', () => {
  test.each<[MessageStatus, string | undefined, boolean]>([
    ['QUEUED', 'clock', false],
    ['UNKNOWN', 'unknown', false],
    ['ACCEPTED', 'clock', false],
    ['SENT', 'single', false],
    ['DELIVERED', 'double', false],
    ['READ', 'double', true],
    ['FAILED', 'failed', false],
    ['RECEIVED', undefined, false],
  ])('%s is drawn as %s', (status, shape, read) => {
    expect(ticksOf(status)?.shape).toBe(shape)
    expect(ticksOf(status)?.read ?? false).toBe(read)
  })

  test('a failure shows the reason and WhatsApp’s error code', () => {
    expect(failureReason({ errorCode: 131026, errorMessage: 'Undeliverable' })).toBe('Undeliverable (131026)')
    expect(failureReason({ errorCode: null, errorMessage: null })).toContain('gave no reason')
  })
})

test('free-form messages are possible for 24 hours, with a countdown in the last two', () => {
  const now = Date.parse('2026-11-02T12:00:00Z')
  expect(replyWindow(null, now)).toEqual({ open: false, closesIn: null })
  expect(replyWindow('2026-11-02T12:00:00Z', now).open).toBe(false)
  expect(replyWindow('2026-11-02T20:00:00Z', now)).toEqual({ open: true, closesIn: null })
  expect(replyWindow('2026-11-02T13:05:00Z', now)).toEqual({ open: true, closesIn: '1 h 05 min' })
})
