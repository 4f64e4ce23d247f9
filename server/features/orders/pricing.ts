import { DomainError } from '../../errors.ts'
import type { MoneyValue } from '../../graphql/money.ts'
import { availableOf, type Shortage, type Stock } from '../catalog/stock.ts'

/** A cart line with what the catalogue says now; `price` in minor units. */
export type WantedLine = Stock & {
  variantId: string
  sku: string
  productName: string
  variantName: string
  price: number
  quantity: number
}

/** There is nothing to order. */
export class EmptyCartError extends DomainError {
  constructor() {
    super('The cart is empty; add something first.')
  }
}

/** The total is not the one the customer was shown. */
export class PriceChangedError extends DomainError {
  readonly total: MoneyValue
  constructor(total: MoneyValue) {
    super('The total has changed since it was shown. Show the new one and ask again.')
    this.total = total
  }
}

/** Lines that ask for more than there is. */
export const shortagesOf = (lines: readonly WantedLine[]): Shortage[] =>
  lines
    .map((line) => ({
      variantId: line.variantId,
      productName: line.productName,
      requested: line.quantity,
      available: availableOf(line),
    }))
    .filter((line) => line.requested > line.available)

/** The amounts of an order, all in minor units and all computed here, never by a client. */
export function priceOrder(lines: readonly Pick<WantedLine, 'price' | 'quantity'>[], deliveryFee: number) {
  const subtotal = lines.reduce((sum, line) => sum + line.price * line.quantity, 0)
  return { subtotal, deliveryFee, total: subtotal + deliveryFee }
}
