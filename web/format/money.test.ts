import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fromMinorUnits, toMinorUnits } from './money.ts'

test.each([
  ['12.50', 'USD', '1250'],
  ['12,5', 'USD', '1250'],
  ['12', 'USD', '1200'],
  ['0.05', 'USD', '5'],
  ['-3.20', 'USD', '-320'],
  ['1500', 'JPY', '1500'],
  ['1.250', 'KWD', '1250'],
])('%s %s is %s minor units', (text, currency, units) => expect(toMinorUnits(text, currency)).toBe(units))

test.each([
  ['12.505', 'USD'],
  ['1.5', 'JPY'],
  ['twelve', 'USD'],
  ['', 'USD'],
  ['1 000', 'USD'],
])('“%s” is no amount in %s', (text, currency) => expect(toMinorUnits(text, currency)).toBeNull())

test('every amount survives the round trip', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: -999_999_999, max: 999_999_999 }),
      fc.constantFrom('USD', 'JPY', 'KWD', 'MXN'),
      (units, currency) => toMinorUnits(fromMinorUnits(String(units), currency), currency) === String(units),
    ),
  )
})
