import { expect, test } from 'vitest'
import type { FeedItem } from '../events/feed.ts'
import { cachePayloads } from './payloads.ts'

const itemOf = (sequence: number): FeedItem => ({ kind: 'gap', cause: 'TRIMMED', sequence, incarnation: '' })

test('a payload is computed once while it is cached, up to a number of items and of bytes', async () => {
  const computed: number[] = []
  const payloadOf = cachePayloads(
    async (item) => {
      const sequence = item.kind === 'gap' ? item.sequence : 0
      computed.push(sequence)
      return Buffer.alloc(sequence)
    },
    { items: 3, bytes: 100 },
  )
  const computedFor = async (...sequences: number[]) => {
    computed.length = 0
    for (const sequence of sequences) expect((await payloadOf(itemOf(sequence))).length).toBe(sequence)
    return [...computed]
  }
  expect(await computedFor(1, 2, 3, 1, 2, 3)).toEqual([1, 2, 3])
  expect(await computedFor(4, 2, 3, 4, 1)).toEqual([4, 1])
  expect(await computedFor(95, 1, 4)).toEqual([95])
  expect(await computedFor(101, 101, 1)).toEqual([101, 101, 1])
})
