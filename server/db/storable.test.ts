import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isStorable, parseStorableJson } from './storable.ts'

test('parsed JSON has storable texts and keys only, and JSON that was storable is unchanged', () => {
  const unit = fc.constantFrom('a', '\0', '\ud83c', '\udf5b', '🍛', '"', '\\')
  const text = fc.array(unit, { maxLength: 6 }).map((units) => units.join(''))
  const json = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      text,
      fc.integer(),
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(text, tie('value'), { maxKeys: 4 }),
    ),
  })).value
  const textsIn = (value: unknown): string[] =>
    typeof value === 'string'
      ? [value]
      : typeof value === 'object' && value !== null
        ? Object.entries(value).flatMap(([key, inner]) => [key, ...textsIn(inner)])
        : []
  fc.assert(
    fc.property(json, (value) => {
      const read = parseStorableJson(JSON.stringify(value))
      expect(textsIn(read).every(isStorable)).toBe(true)
      if (textsIn(value).every(isStorable)) expect(read).toEqual(JSON.parse(JSON.stringify(value)))
    }),
  )
})
