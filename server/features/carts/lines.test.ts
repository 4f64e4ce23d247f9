import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { decideLines, MAX_LINES, MAX_QUANTITY, type FoundVariant } from './lines.ts'

type Catalogue = { onHand: number; reserved: number; archived: boolean }[]
const stock = fc.record({ onHand: fc.nat(200), reserved: fc.nat(60), archived: fc.boolean() })
const wanted = fc.array(fc.record({ n: fc.nat(70), bySku: fc.boolean(), quantity: fc.integer({ min: 1, max: 120 }) }), {
  maxLength: 100,
})

/** Lines that name the n-th variant by id or by SKU, and the variants that exist. */
function resolve(catalogue: Catalogue, lines: { n: number; bySku: boolean; quantity: number }[]) {
  const named = lines.map(({ n, bySku, quantity }) => ({
    ...(bySku ? { sku: `SKU-${n}` } : { variantId: `id-${n}` }),
    quantity,
  }))
  const found = lines.flatMap(({ n }, position): FoundVariant[] => {
    const variant = catalogue[n]
    return variant
      ? [{ ...variant, position, variantId: `id-${n}`, sku: `SKU-${n}`, productName: `P${n}`, variantName: '' }]
      : []
  })
  return { named, found }
}

test('every piece that is asked for is taken or refused, once, and only what is available is taken', () => {
  fc.assert(
    fc.property(fc.array(stock, { maxLength: 70 }), wanted, (catalogue, lines) => {
      const { named, found } = resolve(catalogue, lines)
      const { taken, refused } = decideLines(named, found)
      const sum = (numbers: number[]) => numbers.reduce((total, number) => total + number, 0)
      expect(sum([...taken.map((line) => line.quantity), ...refused.map((line) => line.requested)])).toBe(
        sum(lines.map((line) => line.quantity)),
      )
      const names = [...taken, ...refused].map((line) => line.variantId).filter((id) => id !== null)
      expect(new Set(names).size).toBe(names.length)
      expect(taken.length).toBeLessThanOrEqual(MAX_LINES)
      for (const { variantId, quantity } of taken) {
        const variant = catalogue[Number(variantId.slice(3))]
        expect(variant?.archived).toBe(false)
        expect(quantity).toBeLessThanOrEqual(Math.min(MAX_QUANTITY, (variant?.onHand ?? 0) - (variant?.reserved ?? 0)))
      }
      for (const { reason, requested, available, variantId } of refused) {
        expect(available).toBeGreaterThanOrEqual(0)
        expect(variantId === null).toBe(reason === 'UNKNOWN')
        if (['UNKNOWN', 'NOT_ON_SALE', 'SOLD_OUT'].includes(reason)) expect(available).toBe(0)
        if (reason === 'NOT_ENOUGH_STOCK') expect(requested).toBeGreaterThan(available)
        if (reason === 'ABOVE_LIMIT') expect(requested).toBeGreaterThan(MAX_QUANTITY)
        if (reason === 'CART_FULL') expect(taken).toHaveLength(MAX_LINES)
      }
    }),
  )
})
