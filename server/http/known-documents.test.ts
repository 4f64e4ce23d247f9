import { parse } from 'graphql'
import { expect, test } from 'vitest'
import { createKnownDocuments } from './known-documents.ts'

const document = parse('{ a }')

test('documents are bounded by number, and the least recently used goes first', () => {
  const known = createKnownDocuments({ documents: 2, characters: 1_000 })
  known.add('a', document)
  known.add('b', document)
  known.get('a')
  known.add('c', document)
  expect(['a', 'b', 'c'].map((text) => known.get(text) !== undefined)).toEqual([true, false, true])
})

test('documents are bounded by the size of their texts', () => {
  const known = createKnownDocuments({ documents: 100, characters: 100 })
  for (const letter of ['a', 'b', 'c']) known.add(letter.repeat(40), document)
  expect(['a', 'b', 'c'].map((letter) => known.get(letter.repeat(40)) !== undefined)).toEqual([false, true, true])
  known.add('c'.repeat(40), document)
  expect(known.get('b'.repeat(40))).toBeDefined()
})
