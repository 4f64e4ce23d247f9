/** What the conversation needs of a shop, on behalf of the customer of one turn. Ids are opaque. */
export type Shop = {
  categories(page: PageRequest): Promise<Page<Category>>
  products(query: ProductQuery): Promise<Page<Product>>
  /** Null when it does not exist or is archived. */
  product(id: string): Promise<Product | null>
  cart(): Promise<Cart>
  /**
   * `quantity` is absolute; 0 removes the line. Repeating it in a turn's replay changes nothing: even with another
   * quantity (the cart was changed from elsewhere) it answers with the cart as it is.
   */
  setCartLine(variantId: string, quantity: number): Promise<SetCartLineResult>
  clearCart(): Promise<Cart>
  placeOrder(request: OrderRequest): Promise<PlaceOrderResult>
  /** The customer's orders, newest first. */
  orders(first: number): Promise<OrderSummary[]>
  /** Null when it does not exist or is another customer's. */
  order(id: string): Promise<Order | null>
  cancelOrder(id: string): Promise<CancelOrderResult>
}

export type PageRequest = { first: number; after?: string | undefined }
export type Page<T> = { items: T[]; /** Cursor of the next page, null on the last. */ next: string | null }
export type ProductQuery = PageRequest & { search?: string | undefined; categoryId?: string | undefined }

/** `amount` in minor units of the shop's currency; `formatted` as its locale writes it. */
export type Money = { amount: number; formatted: string }
export type Category = { id: string; name: string }
export type Variant = { id: string; name: string; sku: string; available: number; price: Money }
export type Product = { id: string; name: string; description: string; imageUrl: string | null; variants: Variant[] }

export type CartLine = {
  quantity: number
  total: Money
  variant: { id: string; name: string; available: number; price: Money; product: { id: string; name: string } }
}
export type Cart = { id: string; lines: CartLine[]; subtotal: Money }

export type Fulfilment = 'DELIVERY' | 'PICKUP'
export type OrderRequest = {
  fulfilment: Fulfilment
  address: string | null
  /** Minor units the customer was shown. */
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
}

export type Order = OrderSummary & {
  fulfilment: Fulfilment
  address: string | null
  reason: string | null
  /** RFC 3339. */
  reservedUntil: string | null
  lines: { productName: string; variantName: string; quantity: number; total: Money }[]
  deliveryFee: Money
}

export type OutOfStockLine = { variantId: string; productName: string; requested: number; available: number }
export type OutOfStock = { __typename: 'OutOfStockError'; lines: OutOfStockLine[] }
export type NotFound = { __typename: 'NotFoundError' }
export type Invalid = { __typename: 'ValidationError' }

export type SetCartLineResult = ({ __typename: 'Cart' } & Cart) | OutOfStock | NotFound | Invalid
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
