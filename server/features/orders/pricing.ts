import { DomainError } from '../../errors.ts'
import type { MoneyValue } from '../../graphql/money.ts'
import { availableOf, type Shortage, type Stock } from '../catalog/stock.ts'

/** A cart line with the current name, price (minor units) and stock of its variant. */
export type WantedLine = Stock & {
  variantId: string
  sku: string
  productName: string
  variantName: string
  price: number
  quantity: number
}

/** The cart has no lines. */
export class EmptyCartError extends DomainError {
  constructor() {
    super('The cart is empty. Add a product first.')
  }
}

/** The current total differs from the `expectedTotal` of the request. */
export class PriceChangedError extends DomainError {
  readonly total: MoneyValue
  constructor(total: MoneyValue) {
    super('The total has changed since it was shown. Show the customer the new total and ask again.')
    this.total = total
  }
}

/** Lines whose quantity exceeds the available stock. */
export const shortagesOf = (lines: readonly WantedLine[]): Shortage[] =>
  lines
    .map((line) => ({
      variantId: line.variantId,
      productName: line.productName,
      requested: line.quantity,
      available: availableOf(line),
    }))
    .filter((line) => line.requested > line.available)

/** The amounts of an order in minor units. The server computes them; clients never send prices. */
export function priceOrder(lines: readonly Pick<WantedLine, 'price' | 'quantity'>[], deliveryFee: number) {
  const subtotal = lines.reduce((sum, line) => sum + line.price * line.quantity, 0)
  return { subtotal, deliveryFee, total: subtotal + deliveryFee }
}
