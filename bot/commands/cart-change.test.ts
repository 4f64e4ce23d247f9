import { expect, test } from 'vitest'
import { decideQuantity } from './cart-change.ts'
import { searchPhrases } from './search.ts'

test.each([
  ['adds to the quantity in the cart', { current: 2, stored: 2, added: 3, attempt: 1 }, 5],
  ['adds to a quantity changed elsewhere', { current: 4, stored: 2, added: 3, attempt: 1 }, 7],
  ['sets the same quantity when the lost attempt had added', { current: 5, stored: 2, added: 3, attempt: 2 }, 5],
  ['adds when the lost attempt had not added', { current: 2, stored: 2, added: 3, attempt: 2 }, 5],
])('%s', (_what, seen, quantity) => {
  expect(decideQuantity(seen)).toBe(quantity)
})

test('searches for all the words, then the singular, then the longest word', () => {
  expect(searchPhrases('oat lattes')).toEqual(['oat lattes', 'oat latte', 'oat latt', 'latte'])
  expect(searchPhrases('flores')).toContain('flor')
  expect(searchPhrases('x'.repeat(200))[0]).toHaveLength(40)
})
