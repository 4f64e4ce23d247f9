import { expect, test } from 'vitest'
import { titleOf } from '../ui/use-title.ts'
import { countText } from './counts.ts'

test.each([
  [0, '0'],
  [12, '12'],
  [10_000, '10000'],
  [10_001, '10,000+'],
])('a list of %i items is shown as %s', (count, text) => expect(countText(count)).toBe(text))

test('the title of a page says when there are more than were counted', () => {
  expect([titleOf('Orders', 3), titleOf('Orders', 10_001), titleOf('Orders')]).toEqual([
    '(3) Orders · Storeline',
    '(10,000+) Orders · Storeline',
    'Orders · Storeline',
  ])
})
