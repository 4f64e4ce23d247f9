import DataLoader from 'dataloader'
import type { RequestContext } from '../../graphql/context.ts'
import { orderByIds } from '../../graphql/loader.ts'
import type { Selection } from '../../graphql/look-ahead.ts'
import { loadOrders, orderColumnsOf, type OrderRow } from './queries.ts'

type Loader = DataLoader<string, OrderRow>

/** Loaders by the columns that they read. */
const loaders = new WeakMap<RequestContext, Map<string, Loader>>()

/**
 * Loads an order with the selected parts. Fields of the same tick that select the same columns share a statement.
 *
 * @throws Error when the shop has no such order.
 */
export function loadSelectedOrder(ctx: RequestContext, id: string, selection: Selection): Promise<OrderRow> {
  const byColumns = loaders.get(ctx) ?? new Map<string, Loader>()
  loaders.set(ctx, byColumns)
  const columns = orderColumnsOf(selection)
  const loader = byColumns.get(columns) ?? openLoader(ctx, selection)
  byColumns.set(columns, loader)
  return loader.load(id)
}

const openLoader = (ctx: RequestContext, selection: Selection): Loader =>
  new DataLoader(async (ids) => {
    const { merchantId } = ctx.authorize('orders:read')
    return orderByIds(ids, await loadOrders(ctx.app, merchantId, ids, selection), 'Order')
  })
