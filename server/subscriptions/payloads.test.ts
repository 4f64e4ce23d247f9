import { expect, test } from 'vitest'
import type { FeedItem } from '../events/feed.ts'
import { rememberPayloads } from './payloads.ts'

const itemOf = (sequence: number): FeedItem => ({ kind: 'gap', cause: 'TRIMMED', sequence, incarnation: '' })

test('payloads are made once while cached, up to a number of items and of bytes', async () => {
  const made: number[] = []
  const ask = rememberPayloads(
    async (item) => {
      const sequence = item.kind === 'gap' ? item.sequence : 0
      made.push(sequence)
      return Buffer.alloc(sequence)
    },
    { items: 3, bytes: 100 },
  )
  const makes = async (...sequences: number[]) => {
    made.length = 0
    for (const sequence of sequences) expect((await ask(itemOf(sequence))).length).toBe(sequence)
    return [...made]
  }
  expect(await makes(1, 2, 3, 1, 2, 3)).toEqual([1, 2, 3])
  expect(await makes(4, 2, 3, 4, 1)).toEqual([4, 1])
  expect(await makes(95, 1, 4)).toEqual([95])
  expect(await makes(101, 101, 1)).toEqual([101, 101, 1])
})
