import type { Cache } from '@urql/exchange-graphcache'
import { putInConnections } from '../../graphql/connections.ts'
import type { OrderFilter } from '../../generated/operations.ts'

/** Puts an order where it belongs in every list of orders: the shop's and its customer's. */
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
