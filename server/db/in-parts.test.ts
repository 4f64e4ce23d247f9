import { expect, test } from 'vitest'
import { BusyError } from './connection-gate.ts'
import { processInParts } from './in-parts.ts'

const LOCKED = Object.assign(new Error('canceling statement due to lock timeout'), { code: '55P03' })
const letters = [...'abcdefghijklmnop']

/** Does letters in parts of 16; a part that holds one of `failing` fails with its error. Notes the parts that were tried. */
async function doLetters(failing: Record<string, Error>, items: readonly string[] = letters) {
  const parts: string[] = []
  const done: string[] = []
  const refused: string[] = []
  const outcome = await processInParts({
    items,
    size: 16,
    keyOf: (letter) => letter,
    work: async (part) => {
      parts.push(part.join(''))
      const bad = part.find((letter) => failing[letter])
      if (bad) throw failing[bad]
      done.push(...part)
    },
    refuse: async (letter) => void refused.push(letter),
  }).catch((error: unknown) => error)
  return { parts, done: done.join(''), refused, outcome }
}

test('an item that cannot be processed is found by halving, and the others are processed', async () => {
  const { parts, done, refused, outcome } = await doLetters({ c: new Error('it does not fit') })
  expect([done, refused, outcome]).toEqual(['abdefghijklmnop', ['c'], undefined])
  expect(parts.length).toBeLessThanOrEqual(9)
})

test('a locked item is waited for at most twice, and skipped with the later items of its key', async () => {
  const { parts, done, refused, outcome } = await doLetters({ c: LOCKED }, [...letters, 'c', 'q'])
  expect([done, refused, outcome]).toEqual(['abdefghijklmnopq', [], LOCKED])
  expect(parts.filter((part) => part.includes('c'))).toEqual(['abcdefghijklmnop', 'c'])
})

test('a part that gets no connection is not split, because each piece would wait as long', async () => {
  const busy = new BusyError('all are taken')
  const { parts, done, outcome } = await doLetters({ c: busy }, [...letters, 'c', 'q'])
  expect([parts, done, outcome]).toEqual([['abcdefghijklmnop', 'q'], 'q', busy])
})
