/** A shop's API on behalf of the customer of one turn. Ids are opaque. */
export type Storefront = {
  categories(page: PageRequest): Promise<Page<Category>>
  products(query: ProductQuery): Promise<Page<Product>>
  /** Null when the product does not exist or is archived. */
  product(id: string): Promise<Product | null>
  cart(): Promise<Cart>
  /**
   * `quantity` is absolute; 0 removes the line. A repetition in the replay of a turn changes nothing: even with another
   * quantity (the cart was changed elsewhere meanwhile) it returns the current cart.
   */
  setCartLine(variantId: string, quantity: number): Promise<SetCartLineResult>
  /**
   * Replaces the lines of the cart by those that can be taken; when none can, the cart stays as it is. At most 100 lines, each of
   * another SKU. A repetition in the replay of a turn returns the first refusals and the current cart.
   */
  setCartLines(lines: readonly RequestedLine[]): Promise<SetCartLinesResult>
  clearCart(): Promise<Cart>
  placeOrder(request: OrderRequest): Promise<PlaceOrderResult>
  /** The customer's orders, newest first. */
  orders(first: number): Promise<OrderSummary[]>
  /** Null when the order does not exist or belongs to another customer. */
  order(id: string): Promise<Order | null>
  cancelOrder(id: string): Promise<CancelOrderResult>
  /** Sets the order's payment method; for the method of the open payment, it returns that payment. */
  startPayment(orderId: string, method: PaymentMethod): Promise<StartPaymentResult>
  /** Submits the image of one of the customer's messages as proof of a bank transfer. */
  submitPaymentProof(orderId: string, messageId: string): Promise<SubmitProofResult>
  /** Attaches a message to an order as a problem and hands the conversation off to a person. */
  reportProblem(orderId: string, messageId: string): Promise<ReportProblemResult>
  /** Opts the customer out of marketing messages, or in again. */
  setOptOut(optedOut: boolean): Promise<void>
}

export type PageRequest = { first: number; after?: string | undefined }
export type Page<T> = { items: T[]; /** Cursor of the next page, null on the last. */ next: string | null }
export type ProductQuery = PageRequest & { search?: string | undefined; categoryId?: string | undefined }

/** `amount` in minor units of the shop's currency; `formatted` as its locale writes it. */
export type Money = { amount: number; formatted: string }
export type Category = { id: string; name: string }
export type Variant = { id: string; name: string; available: number; price: Money }
export type Product = { id: string; name: string; description: string; imageUrl: string | null; variants: Variant[] }

export type CartLine = {
  quantity: number
  total: Money
  variant: { id: string; name: string; available: number; price: Money; product: { id: string; name: string } }
}
export type Cart = { id: string; lines: CartLine[]; subtotal: Money }

export type RequestedLine = { sku: string; quantity: number }
/** A line that the cart did not take; the names are null when the SKU is unknown. */
export type RefusedLine = {
  sku: string | null
  productName: string | null
  variantName: string | null
  reason: 'UNKNOWN' | 'NOT_ON_SALE' | 'SOLD_OUT' | 'NOT_ENOUGH_STOCK' | 'ABOVE_LIMIT' | 'CART_FULL'
  requested: number
  available: number
}

export const paymentMethods = ['CASH_ON_DELIVERY', 'BANK_TRANSFER', 'ONLINE'] as const
export type PaymentMethod = (typeof paymentMethods)[number]

export type Fulfilment = 'DELIVERY' | 'PICKUP'
export type OrderRequest = {
  fulfilment: Fulfilment
  address: string | null
  paymentMethod: PaymentMethod
  /** The total shown to the customer, in minor units. */
  expectedTotal: number
}

export type OrderStatus =
  | 'PENDING'
  | 'CONFIRMED'
  | 'PREPARING'
  | 'READY'
  | 'IN_DELIVERY'
  | 'DELIVERED'
  | 'COMPLETED'
  | 'CANCELLED'
  | 'REJECTED'
  | 'EXPIRED'
  | 'RETURNED'

export type OrderSummary = {
  id: string
  number: number
  status: OrderStatus
  /** RFC 3339. */
  placedAt: string
  allowedActions: string[]
  total: Money
  paymentStatus: OrderPaymentStatus
  /** The amount still to be paid; zero for an order that ended without delivery. */
  due: Money
  /** The open payment, else the latest. */
  payment: Payment | null
}

export type OrderPaymentStatus =
  | 'UNPAID'
  | 'AWAITING'
  | 'PROOF_SUBMITTED'
  | 'PARTIALLY_PAID'
  | 'PAID'
  | 'FAILED'
  | 'REFUNDED'

export type PaymentStatus =
  | 'CREATED'
  | 'PENDING'
  | 'PROOF_SUBMITTED'
  | 'AUTHORIZED'
  | 'CAPTURED'
  | 'FAILED'
  | 'EXPIRED'
  | 'CANCELLED'

export type Payment = {
  id: string
  method: PaymentMethod
  status: PaymentStatus
  /** The provider's checkout page; null until the provider returns it. */
  checkoutUrl: string | null
  /** RFC 3339; null when the payment does not expire. */
  expiresAt: string | null
}

export type Order = OrderSummary & {
  fulfilment: Fulfilment
  address: string | null
  reason: string | null
  /** RFC 3339. */
  reservedUntil: string | null
  lines: { productName: string; variantName: string; quantity: number; total: Money }[]
  deliveryFee: Money
  paid: Money
}

export type OutOfStockLine = { variantId: string; productName: string; requested: number; available: number }
export type OutOfStock = { __typename: 'OutOfStockError'; lines: OutOfStockLine[] }
export type NotFound = { __typename: 'NotFoundError' }
export type Invalid = { __typename: 'ValidationError' }

export type SetCartLineResult = ({ __typename: 'Cart' } & Cart) | OutOfStock | NotFound | Invalid
export type SetCartLinesResult = { __typename: 'FilledCart'; cart: Cart; refused: RefusedLine[] } | NotFound | Invalid
export type PlaceOrderResult =
  | ({ __typename: 'Order' } & Order)
  | { __typename: 'EmptyCartError' }
  | { __typename: 'PriceChangedError'; total: Money }
  | OutOfStock
  | NotFound
  | (Invalid & { issues: { path: string; message: string }[] })
export type CancelOrderResult =
  | ({ __typename: 'Order' } & Order)
  | { __typename: 'IllegalTransitionError'; status: OrderStatus }
  | NotFound
  | Invalid
export type StartPaymentResult =
  | ({ __typename: 'Payment' } & Payment)
  | { __typename: 'PaymentNotPossibleError' }
  | NotFound
  | Invalid
export type SubmitProofResult = StartPaymentResult | { __typename: 'IllegalPaymentActionError' }
export type ReportProblemResult = { __typename: 'Conversation' } | NotFound
