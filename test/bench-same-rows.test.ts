import { expect, test } from 'vitest'
import { differences, type Written } from '../bench/harness/same-rows.ts'

const ours: Written = new Map([
  ['order inserted', { rows: 1, bytes: 400 }],
  ['order_line inserted', { rows: 3, bytes: 900 }],
])
const floor = (changes: Record<string, { rows: number; bytes: number }>): Written =>
  new Map([...ours, ...Object.entries(changes)])

test('a floor that writes the same rows, or a little shorter texts, is fair', () => {
  expect(differences(ours, floor({ 'order inserted': { rows: 1, bytes: 390 } }))).toEqual([])
})

test.each<[string, Written, string]>([
  [
    'a row less',
    floor({ 'order_line inserted': { rows: 2, bytes: 900 } }),
    'order_line inserted: ours 3, the floor 2 rows',
  ],
  [
    'a table less',
    new Map([['order inserted', { rows: 1, bytes: 400 }]]),
    'order_line inserted: ours 3, the floor 0 rows',
  ],
  ['another table', floor({ 'payment inserted': { rows: 1, bytes: 9 } }), 'payment inserted: ours 0, the floor 1 rows'],
  [
    'much shorter rows',
    floor({ 'order inserted': { rows: 1, bytes: 200 } }),
    'order inserted: ours 400, the floor 200 bytes',
  ],
])('a floor that writes %s is not', (_name, written, difference) => {
  expect(differences(ours, written)).toEqual([difference])
})
