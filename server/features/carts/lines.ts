import { availableOf, type Stock } from '../catalog/stock.ts'
import type { NamedLine } from './named-lines.ts'

/** Limits of a cart, and of an order without one: pieces of a line, and different items. */
export const MAX_QUANTITY = 99
export const MAX_LINES = 50

/** A variant with the position of the line that names it. */
export type FoundVariant = Stock & {
  position: number
  variantId: string
  sku: string
  productName: string
  variantName: string
}

export type RefusalReason = 'UNKNOWN' | 'NOT_ON_SALE' | 'SOLD_OUT' | 'NOT_ENOUGH_STOCK' | 'ABOVE_LIMIT' | 'CART_FULL'

/** A line that a cart does not take. Id and names are null when the variant is unknown; quantities in pieces. */
export type RefusedLine = {
  sku: string | null
  variantId: string | null
  productName: string | null
  variantName: string | null
  reason: RefusalReason
  requested: number
  available: number
}
export type TakenLine = { variantId: string; quantity: number }

/** The lines that an empty cart takes, and those that it refuses, in their order. Lines of one variant are summed before. */
export function decideLines(
  lines: readonly NamedLine[],
  found: readonly FoundVariant[],
): { taken: TakenLine[]; refused: RefusedLine[] } {
  const taken: TakenLine[] = []
  const refused: RefusedLine[] = []
  for (const { line, variant, quantity } of sumLines(lines, found)) {
    const reason = reasonAgainst(variant, quantity) ?? (taken.length < MAX_LINES ? null : 'CART_FULL')
    if (variant && !reason) taken.push({ variantId: variant.variantId, quantity })
    else
      refused.push({
        sku: variant?.sku ?? line.sku ?? null,
        variantId: variant?.variantId ?? null,
        productName: variant?.productName ?? null,
        variantName: variant?.variantName ?? null,
        reason: reason ?? 'UNKNOWN',
        requested: quantity,
        available: variant ? Math.max(0, availableOf(variant)) : 0,
      })
  }
  return { taken, refused }
}

type Sum = { line: NamedLine; variant: FoundVariant | undefined; quantity: number }

function sumLines(lines: readonly NamedLine[], found: readonly FoundVariant[]): Iterable<Sum> {
  const variants = new Map(found.map((variant) => [variant.position, variant]))
  const sums = new Map<string, Sum>()
  for (const [position, line] of lines.entries()) {
    const variant = variants.get(position)
    const key = variant?.variantId ?? JSON.stringify([line.variantId, line.sku])
    const quantity = line.quantity + (sums.get(key)?.quantity ?? 0)
    sums.set(key, { line, variant, quantity })
  }
  return sums.values()
}

function reasonAgainst(variant: FoundVariant | undefined, quantity: number): RefusalReason | null {
  if (!variant) return 'UNKNOWN'
  if (variant.archived) return 'NOT_ON_SALE'
  const available = availableOf(variant)
  if (available <= 0) return 'SOLD_OUT'
  if (quantity > available) return 'NOT_ENOUGH_STOCK'
  return quantity > MAX_QUANTITY ? 'ABOVE_LIMIT' : null
}
