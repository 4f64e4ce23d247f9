import { formatMoney } from '../i18n/format.ts'
import type {
  CancelOrderResult,
  Cart,
  Category,
  Money,
  Order,
  OrderPaymentStatus,
  OrderRequest,
  Page,
  PageRequest,
  Payment,
  PaymentMethod,
  PlaceOrderResult,
  Product,
  RefusedLine,
  ReportProblemResult,
  RequestedLine,
  SetCartLineResult,
  SetCartLinesResult,
  Storefront,
  StartPaymentResult,
  SubmitProofResult,
} from '../storefront.ts'
import type { Turn } from '../turn.ts'

export type FakeProduct = Product & { categoryId: string | null; archived?: boolean }
/** The fake's SKU of a variant. */
export const skuOf = ({ id }: { id: string }): string => id.toUpperCase()

/** A shop in memory with the server's rules: it owns prices and stock, and deduplicates commands by their key. */
export type World = {
  merchant: Turn['merchant']
  categories: Category[]
  products: FakeProduct[]
  cart: Map<string, number>
  orders: Order[]
  optedOut: boolean
  /** Reported problems and submitted proofs of payment. */
  problems: { orderId: string; messageId: string }[]
  proofs: { orderId: string; messageId: string }[]
  /** Every executed command, by key; a key has one effect only. */
  done: Map<string, { body: string; result: unknown }>
  /** Number of keys repeated with another body; only a cart that was changed elsewhere may cause one. */
  conflicts: number
}

const locale = { locale: 'en-US', timeZone: 'America/New_York', currency: 'USD' }
export const money = (amount: number): Money => ({ amount, formatted: formatMoney(amount, locale) })

type ProductOptions = {
  variantNames?: string[]
  price?: number
  available?: number
  description?: string
  categoryId?: string
}

export const buildProduct = (id: string, name: string, options: ProductOptions = {}): FakeProduct => ({
  id,
  name,
  description: options.description ?? '',
  imageUrl: `https://shop.example/media/${id}.jpg`,
  categoryId: options.categoryId ?? null,
  variants: (options.variantNames ?? ['']).map((variantName, index) => ({
    id: `${id}-${index + 1}`,
    name: variantName,
    available: options.available ?? 20,
    price: money((options.price ?? 400) + index * 100),
  })),
})

export const buildWorld = (overrides: Partial<World> = {}): World => ({
  merchant: {
    ...locale,
    name: 'Corner Café',
    deliveryFee: money(250),
    pickupAddress: '1 Market Square',
    paymentMethods: ['CASH_ON_DELIVERY'],
    bankDetails: null,
  },
  categories: [
    { id: 'drinks', name: 'Drinks' },
    { id: 'bakery', name: 'Bakery' },
  ],
  products: [
    buildProduct('latte', 'Latte', {
      variantNames: ['Small', 'Large'],
      categoryId: 'drinks',
      description: 'Coffee with milk',
    }),
    buildProduct('espresso', 'Espresso', { price: 250, categoryId: 'drinks', description: 'Short and strong' }),
    buildProduct('croissant', 'Croissant', { price: 300, available: 3, categoryId: 'bakery' }),
    buildProduct('cake', 'Carrot cake', { price: 550, available: 0, categoryId: 'bakery' }),
  ],
  cart: new Map(),
  orders: [],
  optedOut: false,
  problems: [],
  proofs: [],
  done: new Map(),
  conflicts: 0,
  ...overrides,
})

const paged = <T>(items: readonly T[], { first, after }: PageRequest): Page<T> => {
  const from = after === undefined ? 0 : Number(after)
  const next = from + first < items.length ? String(from + first) : null
  return { items: items.slice(from, from + first), next }
}

const variantsOf = (world: World) =>
  world.products.flatMap((product) => product.variants.map((variant) => ({ ...variant, product })))

const cartOf = (world: World): Cart => {
  const lines = [...world.cart].flatMap(([variantId, quantity]) => {
    const variant = variantsOf(world).find((candidate) => candidate.id === variantId)
    return variant ? [{ quantity, variant, total: money(variant.price.amount * quantity) }] : []
  })
  return { id: 'cart', lines, subtotal: money(lines.reduce((sum, line) => sum + line.total.amount, 0)) }
}

const MAX_LINES = 50
const MAX_QUANTITY = 99

const fillCart = (world: World, lines: readonly RequestedLine[]): SetCartLinesResult => {
  const taken = new Map<string, number>()
  const refused: RefusedLine[] = []
  for (const { sku, quantity: requested } of lines) {
    const variant = variantsOf(world).find((candidate) => skuOf(candidate) === sku)
    const archived = variant?.product.archived === true
    const available = variant && !archived ? variant.available : 0
    const reason = (): RefusedLine['reason'] | null => {
      if (!variant) return 'UNKNOWN'
      if (archived) return 'NOT_ON_SALE'
      if (available === 0) return 'SOLD_OUT'
      if (requested > available) return 'NOT_ENOUGH_STOCK'
      if (requested > MAX_QUANTITY) return 'ABOVE_LIMIT'
      return taken.size === MAX_LINES ? 'CART_FULL' : null
    }
    const refusal = reason()
    if (variant && !refusal) taken.set(variant.id, requested)
    else {
      const names = { productName: variant?.product.name ?? null, variantName: variant?.name ?? null }
      refused.push({ sku, ...names, reason: refusal ?? 'UNKNOWN', requested, available })
    }
  }
  if (taken.size > 0) world.cart = taken
  return { __typename: 'FilledCart', cart: cartOf(world), refused }
}

const newPayment = (id: string, method: PaymentMethod): Payment => ({
  id,
  method,
  // The checkout page of an online payment is created after the order.
  status: method === 'ONLINE' ? 'CREATED' : 'PENDING',
  checkoutUrl: null,
  expiresAt: method === 'CASH_ON_DELIVERY' ? null : '2026-11-24T15:00:00Z',
})
const statusOf = (method: PaymentMethod): OrderPaymentStatus => (method === 'CASH_ON_DELIVERY' ? 'UNPAID' : 'AWAITING')

const startPayment = (world: World, orderId: string, method: PaymentMethod): StartPaymentResult => {
  const order = world.orders.find((candidate) => candidate.id === orderId)
  if (!order) return { __typename: 'NotFoundError' }
  if (!world.merchant.paymentMethods.includes(method)) return { __typename: 'ValidationError' }
  const open = order.payment
  if (order.due.amount === 0 || (open?.status === 'PROOF_SUBMITTED' && open.method !== method)) {
    return { __typename: 'PaymentNotPossibleError' }
  }
  if (open?.method !== method) {
    order.payment = newPayment(`${order.id}-${method}`, method)
    order.paymentStatus = statusOf(method)
  }
  if (order.payment?.status === 'CREATED') {
    Object.assign(order.payment, { status: 'PENDING', checkoutUrl: `https://pay.example/${order.payment.id}` })
  }
  return { __typename: 'Payment', ...order.payment! }
}

const submitProof = (world: World, orderId: string, messageId: string): SubmitProofResult => {
  const order = world.orders.find((candidate) => candidate.id === orderId)
  if (!order) return { __typename: 'NotFoundError' }
  if (order.payment?.method !== 'BANK_TRANSFER' || order.due.amount === 0) {
    return { __typename: 'PaymentNotPossibleError' }
  }
  Object.assign(order.payment, { status: 'PROOF_SUBMITTED', expiresAt: null })
  order.paymentStatus = 'PROOF_SUBMITTED'
  world.proofs.push({ orderId, messageId })
  return { __typename: 'Payment', ...order.payment }
}

const place = (world: World, request: OrderRequest): PlaceOrderResult => {
  const cart = cartOf(world)
  if (cart.lines.length === 0) return { __typename: 'EmptyCartError' }
  if (request.fulfilment === 'DELIVERY' && !request.address) {
    return { __typename: 'ValidationError', issues: [{ path: 'input.address', message: 'is required' }] }
  }
  const short = cart.lines.filter((line) => line.variant.available < line.quantity)
  if (short.length > 0) {
    const lines = short.map(({ variant, quantity }) => ({
      variantId: variant.id,
      productName: variant.product.name,
      requested: quantity,
      available: variant.available,
    }))
    return { __typename: 'OutOfStockError', lines }
  }
  const deliveryFee = request.fulfilment === 'DELIVERY' ? world.merchant.deliveryFee : money(0)
  const total = money(cart.subtotal.amount + deliveryFee.amount)
  if (total.amount !== request.expectedTotal) return { __typename: 'PriceChangedError', total }
  for (const product of world.products) {
    for (const variant of product.variants) variant.available -= world.cart.get(variant.id) ?? 0
  }
  world.cart.clear()
  const number = world.orders.length + 1
  const order: Order = {
    id: `order-${number}`,
    number,
    status: 'PENDING',
    fulfilment: request.fulfilment,
    address: request.address,
    reason: null,
    placedAt: '2026-11-23T15:00:00Z',
    reservedUntil: '2026-11-23T15:30:00Z',
    allowedActions: ['CANCEL'],
    lines: cart.lines.map(({ variant, quantity, total: lineTotal }) => ({
      productName: variant.product.name,
      variantName: variant.name,
      quantity,
      total: lineTotal,
    })),
    deliveryFee,
    total,
    paid: money(0),
    due: total,
    paymentStatus: statusOf(request.paymentMethod),
    payment: newPayment(`payment-${number}`, request.paymentMethod),
  }
  world.orders.unshift(order)
  return { __typename: 'Order', ...order }
}

const executed = new Set(['Cart', 'FilledCart', 'Order', 'Payment', 'Conversation'])

/**
 * The storefront of one turn. A replay of the turn repeats its keys, as in production; `givenKey` is for a fake server, which
 * receives the key in the input.
 */
export const fakeStorefront = (world: World, turnId: string, givenKey?: string): Storefront => {
  const counts = new Map<string, number>()
  const once = <T extends { __typename: string }>(command: string, body: unknown, act: () => T): T => {
    const n = (counts.get(command) ?? 0) + 1
    counts.set(command, n)
    const key = givenKey ?? `turn:${turnId}:${command}:${n}`
    const written = JSON.stringify(body)
    const before = world.done.get(key)
    if (before && before.body !== written) {
      world.conflicts += 1
      if (command !== 'setCartLine') throw new Error(`IDEMPOTENCY_CONFLICT on ${key}`)
      return { __typename: 'Cart', ...cartOf(world) } as unknown as T
    }
    if (before) return before.result as T
    const result = structuredClone(act())
    // Only successful commands are deduplicated; a refused one may be retried.
    if (executed.has(result.__typename)) world.done.set(key, { body: written, result })
    return result
  }
  return {
    categories: async (page) => paged(world.categories, page),
    products: async ({ search, categoryId, ...page }) => {
      const words = search?.toLowerCase().split(/\s+/) ?? []
      const matching = world.products.filter(
        (product) =>
          (categoryId === undefined || product.categoryId === categoryId) &&
          words.every((word) => `${product.name} ${product.description}`.toLowerCase().includes(word)),
      )
      return structuredClone(paged(matching, page))
    },
    product: async (id) => structuredClone(world.products.find((product) => product.id === id) ?? null),
    cart: async () => structuredClone(cartOf(world)),
    setCartLine: async (variantId, quantity) =>
      once('setCartLine', { variantId, quantity }, (): SetCartLineResult => {
        const variant = variantsOf(world).find((candidate) => candidate.id === variantId)
        if (!variant) return { __typename: 'NotFoundError' }
        if (quantity > variant.available) {
          const { available, product } = variant
          return {
            __typename: 'OutOfStockError',
            lines: [{ variantId, productName: product.name, requested: quantity, available }],
          }
        }
        if (quantity === 0) world.cart.delete(variantId)
        else world.cart.set(variantId, quantity)
        return { __typename: 'Cart', ...cartOf(world) }
      }),
    setCartLines: async (lines) => once('setCartLines', lines, () => fillCart(world, lines)),
    clearCart: async () =>
      once('clearCart', {}, () => {
        world.cart.clear()
        return { __typename: 'Cart' as const, ...cartOf(world) }
      }),
    placeOrder: async (request) => once('placeOrder', request, () => place(world, request)),
    orders: async (first) => structuredClone(world.orders.slice(0, first)),
    order: async (id) => structuredClone(world.orders.find((order) => order.id === id) ?? null),
    cancelOrder: async (id) =>
      once('cancelOrder', { id }, (): CancelOrderResult => {
        const order = world.orders.find((candidate) => candidate.id === id)
        if (!order) return { __typename: 'NotFoundError' }
        if (!order.allowedActions.includes('CANCEL')) {
          return { __typename: 'IllegalTransitionError', status: order.status }
        }
        Object.assign(order, { status: 'CANCELLED', allowedActions: [], reservedUntil: null, due: money(0) })
        return { __typename: 'Order', ...order }
      }),
    startPayment: async (id, method) => once('startPayment', { id, method }, () => startPayment(world, id, method)),
    submitPaymentProof: async (id, messageId) =>
      once('submitPaymentProof', { id, messageId }, () => submitProof(world, id, messageId)),
    reportProblem: async (orderId, messageId) =>
      once('reportProblem', { orderId, messageId }, (): ReportProblemResult => {
        if (!world.orders.some((order) => order.id === orderId)) return { __typename: 'NotFoundError' }
        world.problems.push({ orderId, messageId })
        return { __typename: 'Conversation' }
      }),
    setOptOut: async (optedOut) => {
      world.optedOut = optedOut
    },
  }
}
