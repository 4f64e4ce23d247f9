import type { AppContext } from '../../context.ts'
import { isoTime, isUuid, oneOf, queryMerchant } from '../../db/merchant-query.ts'
import type { Fulfilment, OrderStatus, PaymentMethod } from '../../generated/prisma/enums.ts'
import type { Keyset, PageRequest } from '../../graphql/connection.ts'
import {
  among,
  countOf,
  keysetConditions,
  listStatement,
  newestFirst,
  orderAndLimit,
  type ListStatement,
} from '../../graphql/list-sql.ts'
import type { Selection } from '../../graphql/look-ahead.ts'
import type { UnitOfWork } from '../../unit-of-work/unit-of-work.ts'
import {
  customerColumns,
  customerMatches,
  searchCustomers,
  searchToCount,
  type CustomerRow,
  type CustomerSearch,
} from '../customers/queries.ts'
import type { DeliveryRow } from '../deliveries/schema.ts'
import { loadMerchant, merchantOf } from '../merchants/service.ts'
import { ORDER_MONEY, type OrderMoney } from '../payments/queries.ts'

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

/**
 * An order as the API returns it; times are RFC 3339. A query reads only the columns that the document selects; optional parts
 * that were left out are loaded when a field asks for them.
 */
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
  money?: OrderMoney
}

type Columns = Record<string, string>

// Always read, for the keyset and computed fields.
const ORDER_BASE = `o.id, o.number, o.customer_id AS "customerId", o.status, o.fulfilment, o.currency, ${isoTime('o.placed_at')} AS "placedAt"`
const ORDER: Columns = {
  paymentMethod: 'o.payment_method',
  address: 'o.address',
  note: 'o.note',
  subtotal: 'o.subtotal',
  deliveryFee: 'o.delivery_fee',
  total: 'o.total',
  reason: 'o.reason',
  reservedUntil: isoTime('o.reserved_until'),
  updatedAt: isoTime('o.updated_at'),
}
const LINE: Columns = {
  variantId: 'l.variant_id',
  sku: 'l.sku',
  productName: 'l.product_name',
  variantName: 'l.variant_name',
  unitPrice: 'l.unit_price',
  quantity: 'l.quantity',
  total: 'l.total',
}
const DELIVERY = `(SELECT row_to_json(x) FROM (SELECT d.id, d.status, d.address, ${isoTime('d.dispatched_at')} AS "dispatchedAt",
  ${isoTime('d.delivered_at')} AS "deliveredAt" FROM delivery d WHERE d.order_id = o.id) x) AS delivery`

const MONEY_FIELDS = ['paymentStatus', 'paid', 'due', 'toRefund']

/** The columns of `all` that are selected; all of them without a selection. */
const chosen = (all: Columns, selection: Selection | null | undefined): string[] =>
  Object.keys(all)
    .filter((name) => !selection || selection.has(name))
    .map((name) => `${all[name]} AS "${name}"`)

const texts = new WeakMap<Selection, string>()

/** SQL columns of an order for a selection of its fields; all columns without one. Cached by selection, i.e. by document. */
function columns(selection: Selection | null): string {
  const known = selection && texts.get(selection)
  if (known) return known
  const parts = [ORDER_BASE, ...chosen(ORDER, selection)]
  if (!selection || selection.has('customer')) {
    const customer = customerColumns(selection?.get('customer') ?? null)
    parts.push(
      `(SELECT row_to_json(x) FROM (SELECT ${customer} FROM customer c WHERE c.id = o.customer_id) x) AS customer`,
    )
  }
  if (!selection || selection.has('lines')) {
    const line = ['l.id', ...chosen(LINE, selection?.get('lines'))].join(', ')
    parts.push(
      `coalesce((SELECT json_agg(x) FROM (SELECT ${line} FROM order_line l WHERE l.order_id = o.id ORDER BY l.position) x), '[]') AS lines`,
    )
  }
  if (!selection || selection.has('delivery')) parts.push(DELIVERY)
  // Without a selection the money is loaded when a field needs it.
  if (selection && MONEY_FIELDS.some((field) => selection.has(field))) parts.push(ORDER_MONEY)
  const text = parts.join(', ')
  if (selection) texts.set(selection, text)
  return text
}

/** PostgreSQL writes the whole page as one JSON value: parsing one is cheaper than building rows from many columns. */
const asJson = (sql: string): string => `SELECT coalesce(json_agg(t), '[]') AS orders FROM (${sql}) t`
type Page = { orders: OrderRow[] }

/** Adds the fields that the statement does not read: the locale of amounts, and the currency of lines. */
function complete([page]: readonly Page[], locale: string): OrderRow[] {
  const orders = page?.orders ?? []
  for (const order of orders) {
    order.locale = locale
    for (const line of order.lines ?? []) {
      line.currency = order.currency
      line.locale = locale
    }
  }
  return orders
}

async function readOrders(
  app: AppContext,
  merchantId: string,
  sql: string,
  values: readonly unknown[],
): Promise<OrderRow[]> {
  const { locale } = await loadMerchant(app, merchantId)
  return complete(await queryMerchant<Page>(app, merchantId, asJson(sql), values), locale)
}

/** The order as the unit of work has left it. Sends its statements before its first await. */
export async function readOrder(unit: UnitOfWork, id: string, selection: Selection | null): Promise<OrderRow> {
  const sql = asJson(`SELECT ${columns(selection)} FROM "order" o WHERE o.id = $1::uuid`)
  const reading = unit.tx.$queryRawUnsafe<Page[]>(sql, id)
  const { locale } = await merchantOf(unit)
  const [order] = complete(await reading, locale)
  if (!order) throw new Error(`Order ${id} cannot be read`)
  return order
}

const EVERYTHING = columns(null)

/** Orders with the selected parts, all of them without a selection, in no particular order. */
export function loadOrders(
  app: AppContext,
  merchantId: string,
  ids: readonly string[],
  selection: Selection | null = null,
): Promise<OrderRow[]> {
  const [wanted, value] = oneOf('o.id', ids)
  const columnsRead = selection ? columns(selection) : EVERYTHING
  return readOrders(app, merchantId, `SELECT ${columnsRead} FROM "order" o WHERE ${wanted}`, [value])
}

/** Equal for selections that read the same columns of an order. */
export const orderColumnsOf = (selection: Selection): string => columns(selection)

/** The order with the selected parts, all of them without a selection; null when the id is unknown in the shop. */
export async function findOrder(
  app: AppContext,
  merchantId: string,
  id: string,
  selection: Selection | null = null,
): Promise<OrderRow | null> {
  if (!isUuid(id)) return null
  const text = `SELECT ${columns(selection)} FROM "order" o WHERE o.id = $1::uuid`
  return (await readOrders(app, merchantId, text, [id]))[0] ?? null
}

export async function findOrderByNumber(
  app: AppContext,
  merchantId: string,
  number: number,
  selection: Selection | null = null,
): Promise<OrderRow | null> {
  const text = `SELECT ${columns(selection)} FROM "order" o WHERE o.number = $1`
  return (await readOrders(app, merchantId, text, [number]))[0] ?? null
}

export type OrderFilter = {
  status?: readonly OrderStatus[] | null | undefined
  customerId?: string | null | undefined
  placedAfter?: Date | string | null | undefined
  placedBefore?: Date | string | null | undefined
  search?: string | null | undefined
}

type Wanted = { statuses: readonly OrderStatus[] | null; search: CustomerSearch | null }

/** The conditions of a filter, without its search. */
function filtered({ customerId, placedAfter, placedBefore }: OrderFilter): ListStatement {
  const list = listStatement()
  if (customerId != null) list.add(isUuid(customerId) ? `o.customer_id = ${list.put(customerId)}::uuid` : 'false')
  if (placedAfter != null) list.add(`o.placed_at > ${list.put(placedAfter)}::timestamptz`)
  if (placedBefore != null) list.add(`o.placed_at < ${list.put(placedBefore)}::timestamptz`)
  return list
}

/** SQL of the orders that a statement has conditions for, each group of statuses by itself; `tail` orders and limits them. */
function sourceOf(list: ListStatement, { statuses, search }: Wanted, tail = 'OFFSET 0'): string {
  const table = '"order" o'
  if (search) {
    const number = /^#?(\d{1,9})$/.exec(search.words)?.[1]
    const wanted = statuses ? [`o.status = ANY(${list.put(statuses)}::order_status[])`] : []
    const same = number ? `o.number = ${list.put(Number(number))}::int` : 'false'
    if (!search.found)
      return `${table} ${list.where(...wanted, `(${same} OR ${customerMatches(list, 'o.customer_id', search)})`)}`
    for (const condition of wanted) list.add(condition)
    const byNumber = number ? `UNION ALL (SELECT o.* FROM ${table} ${list.where(same)})` : ''
    // An order that its number finds is not found again by its customer.
    return `(SELECT o.* FROM ${among(list, search.found, table, 'o.customer_id', tail)} WHERE NOT (${same}) ${byNumber}) o`
  }
  if (!statuses) return `${table} ${list.where()}`
  const wanted = list.put(statuses)
  const groups = STATUS_GROUPS.filter((group) => group.some((status) => statuses.includes(status)))
  const branches = groups.map((group) => {
    const literals = group.map((status) => `'${status}'`).join(', ')
    const status = `o.status IN (${literals}) AND o.status = ANY(${wanted}::order_status[])`
    return `(SELECT * FROM ${table} ${list.where(status)} ${tail})`
  })
  return `(${branches.join(' UNION ALL ')}) o`
}

/**
 * Statuses that share a partial index, written as in its predicate. Row-level security keeps a comparison of enums out of
 * index conditions (`enum_eq` is not leakproof), so a filter by status needs an index of just those orders.
 */
const STATUS_GROUPS: readonly (readonly OrderStatus[])[] = [
  ['PENDING', 'CONFIRMED', 'PREPARING', 'READY', 'IN_DELIVERY', 'DELIVERED'],
  ['REJECTED', 'EXPIRED', 'CANCELLED', 'RETURNED'],
  ['COMPLETED'],
]

const NEWEST_FIRST = newestFirst('o.placed_at', 'o.id')

/**
 * Orders, newest first, in pages by keyset: one statement a page, which reads the selected columns. Conditions that are not
 * set are left out of the text, so that the cached plan fits. A filter by status reads each group of statuses from its own
 * index and merges them, so that a rare status among many orders is as fast as a frequent one.
 */
export function findOrders(app: AppContext, merchantId: string, filter: OrderFilter, selection: Selection | null) {
  const statuses = filter.status?.length ? [...new Set(filter.status)].toSorted() : null
  return {
    fetch: async (page: PageRequest): Promise<OrderRow[]> => {
      const wanted = { statuses, search: await searchCustomers(app, merchantId, filter.search) }
      const list = keysetConditions(filtered(filter), page, NEWEST_FIRST)
      const tail = orderAndLimit(page, NEWEST_FIRST)
      const text = `SELECT ${columns(selection)} FROM ${sourceOf(list, wanted, tail)} ${tail}`
      return readOrders(app, merchantId, text, list.values)
    },
    keyOf: (row: OrderRow): Keyset => ({ value: row.placedAt, id: row.id }),
    count: async (): Promise<number> => {
      const { search } = await searchToCount(app, merchantId, filter.search)
      const wanted = { statuses, search }
      const list = filtered(filter)
      const text = countOf(sourceOf(list, wanted))
      return (await queryMerchant<{ n: number }>(app, merchantId, text, list.values))[0]?.n ?? 0
    },
  }
}
