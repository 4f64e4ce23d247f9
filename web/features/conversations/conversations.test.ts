import { describe, expect, test } from 'vitest'
import { stillPending, type PendingReply } from './reply/outbox.ts'
import { authorName, buildThread } from './thread/thread.ts'

describe('the thread', () => {
  const message = (id: string, occurredAt: string, author: 'BOT' | 'CUSTOMER') =>
    ({ id, occurredAt, author, direction: 'INBOUND', staff: null }) as const

  test('is ordered oldest first, with day separators and one author name per run', () => {
    const entries = buildThread(
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

  test('staff are shown by name', () => {
    expect(authorName({ author: 'STAFF', staff: { id: 's', name: 'Test Staff' } })).toBe('Test Staff')
    expect(authorName({ author: 'BOT', staff: null })).toBe('Bot')
  })
})

test('a reply is pending until its message arrives; an older message with the same text does not count', () => {
  const reply: PendingReply = {
    key: 'k',
    conversationId: 'c',
    text: 'ok',
    at: '',
    problem: null,
    existingIds: new Set(['old']),
  }
  const old = { id: 'old', author: 'STAFF', text: 'ok' } as const
  expect(stillPending([reply], [old])).toEqual([reply])
  expect(stillPending([reply], [{ ...old, id: 'new' }, old])).toEqual([])
})
