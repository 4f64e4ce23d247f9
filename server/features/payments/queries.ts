import type { AppContext } from '../../context.ts'
import { isoTime, isUuid, oneOf, queryMerchant } from '../../db/merchant-query.ts'
import type { LedgerKind, PaymentMethod, PaymentStatus } from '../../generated/prisma/enums.ts'
import type { Keyset, PageRequest } from '../../graphql/connection.ts'
import { countOf, listStatement, newestFirst, pageOf } from '../../graphql/list-sql.ts'
import { loadMerchant } from '../merchants/service.ts'

/** Ledger totals of an order in minor units, and its payments, latest first. */
export type OrderMoney = {
  total: number
  captured: number
  /** Refunded, as a positive amount. */
  refunded: number
  payments: { status: PaymentStatus; method: PaymentMethod }[]
}

/** SQL of the column `money`: ledger totals and payments of the order `o`. */
export const ORDER_MONEY = `(SELECT row_to_json(x) FROM (SELECT o.total, coalesce(sum(e.amount) FILTER (WHERE e.amount > 0), 0) AS captured,
  coalesce(-sum(e.amount) FILTER (WHERE e.amount < 0), 0) AS refunded,
  coalesce((SELECT json_agg(json_build_object('status', p.status, 'method', p.method) ORDER BY p.created_at DESC, p.id DESC)
    FROM payment p WHERE p.order_id = o.id), '[]') AS payments
  FROM ledger_entry e WHERE e.order_id = o.id) x) AS money`

/** Ledger totals and payments by order id, for orders that were read without them. */
export async function loadMoneyOf(
  app: AppContext,
  merchantId: string,
  orderIds: readonly string[],
): Promise<Map<string, OrderMoney>> {
  const [wanted, value] = oneOf('o.id', orderIds)
  const text = `SELECT o.id, ${ORDER_MONEY} FROM "order" o WHERE ${wanted}`
  const rows = await queryMerchant<{ id: string; money: OrderMoney }>(app, merchantId, text, [value])
  return new Map(rows.map(({ id, money }) => [id, money]))
}

/** A ledger entry; `amount` in minor units, negative for a refund. */
export type LedgerRow = {
  id: string
  kind: LedgerKind
  amount: number
  currency: string
  locale: string
  reference: string
  author: string
  at: string
}

/** A payment as the API returns it; times are RFC 3339, amounts minor units. */
export type PaymentRow = {
  id: string
  orderId: string
  customerId: string
  method: PaymentMethod
  provider: string
  providerRef: string | null
  status: PaymentStatus
  amount: number
  currency: string
  locale: string
  checkoutUrl: string | null
  proofMediaId: string | null
  failureReason: string | null
  expiresAt: string | null
  createdAt: string
  capturedAt: string | null
  entries: LedgerRow[]
}

/** Display name of an entry's author: staff and API keys by name, others as "Customer" or "System". */
const AUTHOR = `CASE split_part(e.author, ':', 1)
  WHEN 'STAFF' THEN coalesce((SELECT u.name FROM staff_user u WHERE u.id = nullif(split_part(e.author, ':', 2), '')::uuid), 'Former staff')
  WHEN 'API_KEY' THEN coalesce((SELECT k.name FROM api_key k WHERE k.id = nullif(split_part(e.author, ':', 2), '')::uuid), 'Former key')
  WHEN 'CUSTOMER' THEN 'Customer' ELSE 'System' END`

const COLUMNS = `p.id, p.order_id AS "orderId", o.customer_id AS "customerId", p.method, p.provider, p.provider_ref AS "providerRef",
  p.status, p.amount, p.currency, CASE WHEN p.status IN ('PENDING', 'AUTHORIZED') THEN p.checkout_url END AS "checkoutUrl",
  p.proof_media_id AS "proofMediaId", p.failure_reason AS "failureReason", ${isoTime('p.expires_at')} AS "expiresAt",
  ${isoTime('p.created_at')} AS "createdAt", ${isoTime('p.captured_at')} AS "capturedAt",
  coalesce((SELECT json_agg(x) FROM (SELECT e.id, e.kind, e.amount, e.currency, e.reference, ${AUTHOR} AS author, ${isoTime('e.at')} AS at
    FROM ledger_entry e WHERE e.payment_id = p.id ORDER BY e.at, e.id) x), '[]') AS entries`
const FROM = `payment p JOIN "order" o ON o.id = p.order_id`

async function readPayments(
  app: AppContext,
  merchantId: string,
  sql: string,
  values: readonly unknown[],
): Promise<PaymentRow[]> {
  const { locale } = await loadMerchant(app, merchantId)
  const text = `SELECT coalesce(json_agg(t), '[]') AS payments FROM (${sql}) t`
  const [answer] = await queryMerchant<{ payments: PaymentRow[] }>(app, merchantId, text, values)
  const payments = answer?.payments ?? []
  for (const payment of payments) {
    payment.locale = locale
    for (const entry of payment.entries) entry.locale = locale
  }
  return payments
}

/** Payments by id, in no particular order. */
export const loadPayments = (app: AppContext, merchantId: string, ids: readonly string[]): Promise<PaymentRow[]> =>
  readPayments(app, merchantId, `SELECT ${COLUMNS} FROM ${FROM} WHERE p.id = ANY($1::uuid[])`, [ids])

/** The payment, or null when the id is unknown in the shop. */
export const findPayment = async (app: AppContext, merchantId: string, id: string): Promise<PaymentRow | null> =>
  isUuid(id) ? ((await loadPayments(app, merchantId, [id]))[0] ?? null) : null

/** Payments by order id, latest first. */
export async function loadPaymentsOf(
  app: AppContext,
  merchantId: string,
  orderIds: readonly string[],
): Promise<Map<string, PaymentRow[]>> {
  const text = `SELECT ${COLUMNS} FROM ${FROM} WHERE p.order_id = ANY($1::uuid[]) ORDER BY p.created_at DESC, p.id DESC`
  const rows = await readPayments(app, merchantId, text, [orderIds])
  return new Map(orderIds.map((id) => [id, rows.filter(({ orderId }) => orderId === id)]))
}

export type PaymentFilter = {
  status?: readonly PaymentStatus[] | null | undefined
  method?: readonly PaymentMethod[] | null | undefined
  orderId?: string | null | undefined
  customerId?: string | null | undefined
}

/** Payments, latest first, in pages by keyset. */
export function findPayments(app: AppContext, merchantId: string, filter: PaymentFilter) {
  const statement = () => {
    const list = listStatement()
    const { status, method, orderId, customerId } = filter
    if (status?.length) list.add(`p.status = ANY(${list.put(status)}::payment_status[])`)
    if (method?.length) list.add(`p.method = ANY(${list.put(method)}::payment_method[])`)
    if (orderId != null) list.add(isUuid(orderId) ? `p.order_id = ${list.put(orderId)}::uuid` : 'false')
    if (customerId != null) list.add(isUuid(customerId) ? `o.customer_id = ${list.put(customerId)}::uuid` : 'false')
    return list
  }
  return {
    fetch: (page: PageRequest): Promise<PaymentRow[]> => {
      const list = statement()
      const text = `SELECT ${COLUMNS} FROM ${FROM} ${pageOf(list, page, newestFirst('p.created_at', 'p.id'))}`
      return readPayments(app, merchantId, text, list.values)
    },
    keyOf: (row: PaymentRow): Keyset => ({ value: row.createdAt, id: row.id }),
    count: async (): Promise<number> => {
      const list = statement()
      // Without a customer the orders need not be read.
      const source = filter.customerId != null ? FROM : 'payment p'
      const text = countOf(`${source} ${list.where()}`)
      return (await queryMerchant<{ n: number }>(app, merchantId, text, list.values))[0]?.n ?? 0
    },
  }
}
