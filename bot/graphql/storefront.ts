import {
  CancelOrderDocument,
  CartDocument,
  CategoriesDocument,
  ClearCartDocument,
  OrderDocument,
  OrdersDocument,
  PlaceOrderDocument,
  ProductDocument,
  ProductsDocument,
  ReportProblemDocument,
  SetCartLineDocument,
  SetCartLinesDocument,
  SetOptOutDocument,
  StartPaymentDocument,
  SubmitPaymentProofDocument,
} from '../generated/operations.ts'
import type { Cart, Page, Storefront } from '../storefront.ts'
import type { Client } from './client.ts'
import { OperationError } from './client.ts'

type StorefrontOptions = { client: Client; turnId: string; customerId: string; lease: string; signal: AbortSignal }

type Connection<T> = { edges: { node: T }[]; pageInfo: { hasNextPage: boolean; endCursor: string | null } }

const pageOf = <T>({ edges, pageInfo }: Connection<T>): Page<T> => ({
  items: edges.map((edge) => edge.node),
  next: pageInfo.hasNextPage ? pageInfo.endCursor : null,
})

const emptyPage = { items: [], next: null }

// An id or cursor of an old button may refer to a deleted object, or be invalid by now.
const nullIfMissing = async <T>(answer: Promise<T>): Promise<T | null> => {
  try {
    return await answer
  } catch (error) {
    if (error instanceof OperationError && ['NOT_FOUND', 'BAD_INPUT', 'CURSOR_INVALID'].includes(error.code))
      return null
    throw error
  }
}

/**
 * The storefront over GraphQL, acting for the turn's customer by its lease. Mutations carry idempotency keys derived from
 * the turn, `turn:<id>:<command>:<n>`, so that the replay of a lost attempt repeats them without a second effect.
 */
export const graphqlStorefront = ({ client, turnId, customerId, lease, signal }: StorefrontOptions): Storefront => {
  const options = { lease, signal }
  const counts = new Map<string, number>()
  const nextKey = (command: string): string => {
    const n = (counts.get(command) ?? 0) + 1
    counts.set(command, n)
    return `turn:${turnId}:${command}:${n}`
  }

  const cart = async (): Promise<Cart> => {
    const { customer } = await client.request(CartDocument, { customerId }, options)
    if (!customer) throw new OperationError('Cart', 'NOT_FOUND')
    return customer.cart
  }

  return {
    cart,
    categories: async ({ first, after }) => {
      const answer = await nullIfMissing(client.request(CategoriesDocument, { first, after: after ?? null }, options))
      return answer ? pageOf(answer.categories) : emptyPage
    },
    products: async ({ first, after, search, categoryId }) => {
      const filter = {
        ...(search === undefined ? {} : { search }),
        ...(categoryId === undefined ? {} : { categoryId }),
      }
      const answer = await nullIfMissing(
        client.request(ProductsDocument, { first, after: after ?? null, filter }, options),
      )
      return answer ? pageOf(answer.products) : emptyPage
    },
    product: async (id) => {
      const answer = await nullIfMissing(client.request(ProductDocument, { id }, options))
      return answer?.product && answer.product.archivedAt === null ? answer.product : null
    },
    setCartLine: async (variantId, quantity) => {
      const input = { customerId, variantId, quantity, idempotencyKey: nextKey('setCartLine') }
      try {
        return (await client.request(SetCartLineDocument, { input }, options)).setCartLine
      } catch (error) {
        // The lost attempt of this turn has set the line; the cart was changed elsewhere since.
        if (!(error instanceof OperationError) || error.code !== 'IDEMPOTENCY_CONFLICT') throw error
        return { __typename: 'Cart', ...(await cart()) }
      }
    },
    setCartLines: async (lines) => {
      const input = { customerId, lines: [...lines], idempotencyKey: nextKey('setCartLines') }
      return (await client.request(SetCartLinesDocument, { input }, options)).setCartLines
    },
    clearCart: async () => {
      const input = { customerId, idempotencyKey: nextKey('clearCart') }
      const { clearCart } = await client.request(ClearCartDocument, { input }, options)
      if (clearCart.__typename === 'Cart') return clearCart
      return cart()
    },
    placeOrder: async ({ fulfilment, address, paymentMethod, expectedTotal }) => {
      const input = {
        customerId,
        fulfilment,
        address,
        expectedTotal,
        paymentMethod,
        idempotencyKey: nextKey('placeOrder'),
      }
      return (await client.request(PlaceOrderDocument, { input }, options)).placeOrder
    },
    orders: async (first) => {
      const { customer } = await client.request(OrdersDocument, { customerId, first }, options)
      return customer?.orders.edges.map((edge) => edge.node) ?? []
    },
    order: async (id) => {
      const answer = await nullIfMissing(client.request(OrderDocument, { id }, options))
      return answer?.order?.customer.id === customerId ? answer.order : null
    },
    cancelOrder: async (orderId) => {
      const input = { orderId, action: 'CANCEL' as const, idempotencyKey: nextKey('transitionOrder') }
      const answer = await nullIfMissing(client.request(CancelOrderDocument, { input }, options))
      return answer?.transitionOrder ?? { __typename: 'NotFoundError' }
    },
    startPayment: async (orderId, method) => {
      const input = { orderId, method, idempotencyKey: nextKey('startPayment') }
      return (await client.request(StartPaymentDocument, { input }, options)).startPayment
    },
    submitPaymentProof: async (orderId, messageId) => {
      const input = { orderId, messageId, idempotencyKey: nextKey('submitPaymentProof') }
      return (await client.request(SubmitPaymentProofDocument, { input }, options)).submitPaymentProof
    },
    reportProblem: async (orderId, messageId) => {
      const input = { orderId, messageId, idempotencyKey: nextKey('reportProblem') }
      return (await client.request(ReportProblemDocument, { input }, options)).reportProblem
    },
    setOptOut: async (optedOut) => {
      await client.request(SetOptOutDocument, { input: { customerId, optedOut } }, options)
    },
  }
}
