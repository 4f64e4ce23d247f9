import type { Cache } from '@urql/exchange-graphcache'
import type {
  OrderFilter,
  TransitionOrderMutation,
  TransitionOrderMutationVariables,
} from '../../generated/operations.ts'
import type { FeatureCache } from '../../graphql/feature-cache.ts'
import { ORDER_ACTIONS } from './order-actions.ts'
import { putInConnections } from '../../graphql/connections.ts'

/** Updates every cached list of orders after one changed: the shop's lists and the customer's. */
export function listOrder(cache: Cache, id: string): void {
  const order = cache.keyOfEntity({ __typename: 'Order', id })
  if (!order) return
  const status = cache.resolve(order, 'status')
  const customer = cache.resolve(order, 'customer')
  const list = { field: 'orders', typename: 'Order', id, sortField: 'placedAt' }

  putInConnections(cache, {
    ...list,
    parent: 'Query',
    belongs: (args) => {
      const filter = (args['filter'] ?? {}) as OrderFilter
      if (filter.search || filter.placedAfter || filter.placedBefore || filter.customerId) return null
      return !filter.status || filter.status.some((wanted) => wanted === status)
    },
  })
  if (typeof customer === 'string') putInConnections(cache, { ...list, parent: customer, belongs: () => true })
}

const listOrderOf = ({ order }: { order: { id: string } }, cache: Cache): void => listOrder(cache, order.id)

export const orderCache = {
  updates: {
    transitionOrder: ({ transitionOrder: outcome }: TransitionOrderMutation, _args, cache) => {
      if (outcome.__typename === 'Order') listOrder(cache, outcome.id)
    },
  },
  events: {
    OrderCreatedEvent: listOrderOf,
    OrderStatusChangedEvent: listOrderOf,
    DeliveryStartedEvent: listOrderOf,
    DeliveryCompletedEvent: listOrderOf,
    PaymentReceivedEvent: listOrderOf,
    PaymentFailedEvent: listOrderOf,
    PaymentStatusChangedEvent: listOrderOf,
    PaymentRefundedEvent: listOrderOf,
  },
  optimistic: {
    transitionOrder: ({ input: { orderId, action } }: TransitionOrderMutationVariables) => ({
      __typename: 'Order',
      id: orderId,
      status: ORDER_ACTIONS[action].target,
      allowedActions: [],
    }),
  },
} satisfies FeatureCache
