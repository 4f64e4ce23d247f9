import { describe, expect, test } from 'vitest'
import type { MessageStatus } from '../../generated/operations.ts'
import { stillPending, type PendingReply } from './outbox.ts'
import { replyWindow } from './reply-window.ts'
import { authorName, layOutThread } from './thread.ts'
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

  test('a failure says why, with the code to look up', () => {
    expect(failureReason({ errorCode: 131026, errorMessage: 'Undeliverable' })).toBe('Undeliverable (131026)')
    expect(failureReason({ errorCode: null, errorMessage: null })).toContain('did not say why')
  })
})

describe('the thread', () => {
  const message = (id: string, occurredAt: string, author: 'BOT' | 'CUSTOMER') =>
    ({ id, occurredAt, author, direction: 'INBOUND', staff: null }) as const

  test('runs oldest first, marks days, and names an author once a run', () => {
    const entries = layOutThread(
      [
        message('d', '2026-11-03T09:00:00Z', 'BOT'),
        message('c', '2026-11-02T11:00:00Z', 'BOT'),
        message('b', '2026-11-02T10:30:00Z', 'BOT'),
        message('a', '2026-11-02T10:00:00Z', 'CUSTOMER'),
      ],
      (iso) => iso.slice(0, 10),
    )
    const seen = entries.map((entry) =>
      entry.kind === 'day' ? entry.key : `${entry.message.id}${entry.first ? '!' : ''}`,
    )
    expect(seen).toEqual(['2026-11-02', 'a!', 'b!', 'c', '2026-11-03', 'd!'])
  })

  test('staff are called by their name', () => {
    expect(authorName({ author: 'STAFF', staff: { id: 's', name: 'Test Staff' } })).toBe('Test Staff')
    expect(authorName({ author: 'BOT', staff: null })).toBe('Bot')
  })
})

test('a reply is pending until its message arrives; an older equal one is not it', () => {
  const reply: PendingReply = {
    key: 'k',
    conversationId: 'c',
    text: 'ok',
    at: '',
    problem: null,
    known: new Set(['old']),
  }
  const old = { id: 'old', author: 'STAFF', text: 'ok' } as const
  expect(stillPending([reply], [old])).toEqual([reply])
  expect(stillPending([reply], [{ ...old, id: 'new' }, old])).toEqual([])
})

test('free messages are possible for 24 hours, and the end is announced two hours before', () => {
  const now = Date.parse('2026-11-02T12:00:00Z')
  expect(replyWindow(null, now)).toEqual({ open: false, closesIn: null })
  expect(replyWindow('2026-11-02T12:00:00Z', now).open).toBe(false)
  expect(replyWindow('2026-11-02T20:00:00Z', now)).toEqual({ open: true, closesIn: null })
  expect(replyWindow('2026-11-02T13:05:00Z', now)).toEqual({ open: true, closesIn: '1 h 05 min' })
})
