import type { AppContext } from '../../context.ts'
import { isoTime, isUuid, queryShop } from '../../db/shop-query.ts'
import type { Fulfilment, OrderStatus, PaymentMethod } from '../../generated/prisma/enums.ts'
import { instantOf, type Keyset, type PageRequest } from '../../graphql/connection.ts'
import { customerColumns, customerMatches, customerPatterns, type CustomerRow } from '../customers/queries.ts'
import type { DeliveryRow } from '../deliveries/schema.ts'
import { loadShop } from '../merchants/service.ts'

/** Amounts are minor units of `currency`, written the way `locale` does. */
export type OrderLineRow = {
  id: string
  variantId: string
  sku: string
  productName: string
  variantName: string
  unitPrice: number
  quantity: number
  total: number
  currency: string
  locale: string
}

/** An order as the API shows it; times are RFC 3339. Parts a reader left out are loaded when a field asks for them. */
export type OrderRow = {
  id: string
  number: number
  customerId: string
  status: OrderStatus
  fulfilment: Fulfilment
  paymentMethod: PaymentMethod
  address: string | null
  note: string
  currency: string
  locale: string
  subtotal: number
  deliveryFee: number
  total: number
  reason: string | null
  reservedUntil: string | null
  placedAt: string
  updatedAt: string
  customer?: CustomerRow
  lines?: OrderLineRow[]
  delivery?: DeliveryRow | null
}

/** What to read along with an order, in the same statement. */
export type OrderParts = { customer: boolean; identities: boolean; lines: boolean; delivery: boolean }
const EVERYTHING: OrderParts = { customer: true, identities: true, lines: true, delivery: true }

const ORDER = `o.id, o.number, o.customer_id AS "customerId", o.status, o.fulfilment, o.payment_method AS "paymentMethod", o.address, o.note,
  o.currency, o.subtotal, o.delivery_fee AS "deliveryFee", o.total, o.reason, ${isoTime('o.reserved_until')} AS "reservedUntil",
  ${isoTime('o.placed_at')} AS "placedAt", ${isoTime('o.updated_at')} AS "updatedAt"`
const LINES = `coalesce((SELECT json_agg(x) FROM (SELECT l.id, l.variant_id AS "variantId", l.sku, l.product_name AS "productName",
  l.variant_name AS "variantName", l.unit_price AS "unitPrice", l.quantity, l.total FROM order_line l WHERE l.order_id = o.id ORDER BY l.position) x), '[]') AS lines`
const DELIVERY = `(SELECT row_to_json(x) FROM (SELECT d.id, d.status, d.address, ${isoTime('d.dispatched_at')} AS "dispatchedAt",
  ${isoTime('d.delivered_at')} AS "deliveredAt" FROM delivery d WHERE d.order_id = o.id) x) AS delivery`

function columns({ customer, identities, lines, delivery }: OrderParts): string {
  const parts = [ORDER]
  if (customer)
    parts.push(
      `(SELECT row_to_json(x) FROM (SELECT ${customerColumns({ identities })} FROM customer c WHERE c.id = o.customer_id) x) AS customer`,
    )
  if (lines) parts.push(LINES)
  if (delivery) parts.push(DELIVERY)
  return parts.join(', ')
}

/** Postgres writes the whole page as one JSON value: parsing one is cheaper than building rows from many columns. */
async function readOrders(
  app: AppContext,
  merchantId: string,
  sql: string,
  values: readonly unknown[],
): Promise<OrderRow[]> {
  const { locale } = await loadShop(app, merchantId)
  const [answer] = await queryShop<{ orders: OrderRow[] }>(
    app,
    merchantId,
    `SELECT coalesce(json_agg(t), '[]') AS orders FROM (${sql}) t`,
    values,
  )
  const orders = answer?.orders ?? []
  for (const order of orders) {
    order.locale = locale
    for (const line of order.lines ?? []) {
      line.currency = order.currency
      line.locale = locale
    }
  }
  return orders
}

const byIds = `SELECT ${columns(EVERYTHING)} FROM "order" o WHERE o.id = ANY($1::uuid[])`
const byNumber = `SELECT ${columns(EVERYTHING)} FROM "order" o WHERE o.number = $1`

/** Orders with all their parts, in no particular order. */
export const loadOrders = (app: AppContext, merchantId: string, ids: readonly string[]): Promise<OrderRow[]> =>
  readOrders(app, merchantId, byIds, [ids])

/** The order, or null when the id is unknown in the shop. */
export async function findOrder(app: AppContext, merchantId: string, id: string): Promise<OrderRow | null> {
  return isUuid(id) ? ((await loadOrders(app, merchantId, [id]))[0] ?? null) : null
}

export const findOrderByNumber = async (
  app: AppContext,
  merchantId: string,
  number: number,
): Promise<OrderRow | null> => (await readOrders(app, merchantId, byNumber, [number]))[0] ?? null

export type OrderFilter = {
  status?: readonly OrderStatus[] | null | undefined
  customerId?: string | null | undefined
  placedAfter?: Date | string | null | undefined
  placedBefore?: Date | string | null | undefined
  search?: string | null | undefined
}

/** Collects the values of a statement; each call answers the placeholder of the value it keeps. */
function placeholders() {
  const values: unknown[] = []
  return { values, put: (value: unknown): string => `$${values.push(value)}` }
}
type Put = (value: unknown) => string

function conditionsOf({ customerId, placedAfter, placedBefore, search }: OrderFilter, put: Put): string[] {
  const conditions: string[] = []
  if (customerId != null) conditions.push(isUuid(customerId) ? `o.customer_id = ${put(customerId)}::uuid` : 'false')
  if (placedAfter != null) conditions.push(`o.placed_at > ${put(placedAfter)}::timestamptz`)
  if (placedBefore != null) conditions.push(`o.placed_at < ${put(placedBefore)}::timestamptz`)
  const words = search?.trim().slice(0, 100)
  if (words) conditions.push(matches(words, put))
  return conditions
}

function matches(words: string, put: Put): string {
  const [name, phone] = customerPatterns(words)
  const first = Number(put(name).slice(1))
  put(phone)
  const customers = `o.customer_id IN (SELECT c.id FROM customer c WHERE ${customerMatches(first)})`
  const number = /^#?(\d{1,9})$/.exec(words)?.[1]
  return number ? `(o.number = ${put(Number(number))}::int OR ${customers})` : customers
}

const where = (conditions: readonly string[]): string =>
  conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : ''

/**
 * Orders, newest first, by keyset: one statement a page. Conditions that are not asked for are left out of the text, so
 * that the plan kept for it fits. With a filter by status each status walks its own index and the results are merged:
 * a rare status among many orders stays as quick as a frequent one.
 */
export function findOrders(app: AppContext, merchantId: string, filter: OrderFilter, parts: OrderParts) {
  const statuses = filter.status?.length ? [...new Set(filter.status)].toSorted() : null
  return {
    fetch: ({ limit, after, before, backwards }: PageRequest): Promise<OrderRow[]> => {
      const { values, put } = placeholders()
      const size = put(limit)
      const conditions = conditionsOf(filter, put)
      if (after)
        conditions.push(`(o.placed_at, o.id) < (${put(instantOf(after))}::timestamptz, ${put(after.id)}::uuid)`)
      if (before)
        conditions.push(`(o.placed_at, o.id) > (${put(instantOf(before))}::timestamptz, ${put(before.id)}::uuid)`)
      const direction = backwards ? 'ASC' : 'DESC'
      const order = `ORDER BY o.placed_at ${direction}, o.id ${direction} LIMIT ${size}`
      const source = statuses
        ? `(SELECT o.* FROM unnest(${put(statuses)}::order_status[]) AS wanted (status)
            CROSS JOIN LATERAL (SELECT * FROM "order" o ${where(['o.status = wanted.status', ...conditions])} ${order}) o ${order}) o`
        : `"order" o ${where(conditions)}`
      return readOrders(app, merchantId, `SELECT ${columns(parts)} FROM ${source} ${order}`, values)
    },
    keyOf: (row: OrderRow): Keyset => ({ value: row.placedAt, id: row.id }),
    count: async (): Promise<number> => {
      const { values, put } = placeholders()
      const conditions = conditionsOf(filter, put)
      if (statuses) conditions.push(`o.status = ANY(${put(statuses)}::order_status[])`)
      const text = `SELECT count(*)::int AS n FROM "order" o ${where(conditions)}`
      return (await queryShop<{ n: number }>(app, merchantId, text, values))[0]?.n ?? 0
    },
  }
}
