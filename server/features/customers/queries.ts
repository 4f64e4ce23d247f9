import type { AppContext } from '../../context.ts'
import { isoTime, isUuid, likeAnywhere, oneOf, queryMerchant } from '../../db/merchant-query.ts'
import type { IdentityKind } from '../../generated/prisma/enums.ts'
import type { Selection } from '../../graphql/look-ahead.ts'
import type { Keyset, PageRequest } from '../../graphql/connection.ts'
import {
  among,
  countOf,
  foundIds,
  keysetConditions,
  listStatement,
  MOST_COUNTED,
  newestFirst,
  orderAndLimit,
  type Found,
  type ListStatement,
} from '../../graphql/list-sql.ts'

export type Identity = { kind: IdentityKind; value: string }

export type CustomerRow = {
  id: string
  name: string
  username: string | null
  language: string | null
  createdAt: string
  optedOutAt: string | null
  /** Missing when the query did not select identities. */
  identities?: Identity[]
}

const PLAIN: Record<string, string> = {
  name: 'c.name',
  username: 'c.username',
  language: 'c.language',
  createdAt: isoTime('c.created_at'),
  optedOutAt: isoTime('c.opted_out_at'),
}
const IDENTITIES = `coalesce((SELECT json_agg(json_build_object('kind', i.kind, 'value', i.value) ORDER BY i.kind, i.created_at)
  FROM customer_identity i WHERE i.customer_id = c.id), '[]') AS identities`

/** The SQL columns that `selection` names, or all of them when it is null; expects the table as `c`. */
export function customerColumns(selection: Selection | null): string {
  const asked = (name: string) => selection?.has(name === 'optedOutAt' ? 'optedOut' : name) ?? true
  const plain = Object.keys(PLAIN).filter(asked)
  const parts = ['c.id', ...plain.map((name) => `${PLAIN[name]} AS "${name}"`)]
  if (!selection || selection.has('phone') || selection.has('identities')) parts.push(IDENTITIES)
  return parts.join(', ')
}

const COLUMNS = customerColumns(null)

export function loadCustomers(app: AppContext, merchantId: string, ids: readonly string[]): Promise<CustomerRow[]> {
  const [wanted, value] = oneOf('c.id', ids)
  return queryMerchant<CustomerRow>(app, merchantId, `SELECT ${COLUMNS} FROM customer c WHERE ${wanted}`, [value])
}

/** The customer, or null when the id is unknown in the shop. */
export async function findCustomer(app: AppContext, merchantId: string, id: string): Promise<CustomerRow | null> {
  return isUuid(id) ? ((await loadCustomers(app, merchantId, [id]))[0] ?? null) : null
}

export type CustomerSearch = {
  /** Text that the name or user name contains. */
  words: string
  /** Digits that the phone contains; null when the text is no phone number, or has so few that nearly every phone has them. */
  digits: string | null
  /** Matching customers, in no particular order; null when there are too many to look each up. */
  found: Found | null
}

// More customers are found as fast in the order of a list, because many rows of the list match then.
const MOST_FOUND = 500

/** The search that a text asks for, before it has found anything; null for an empty text. */
function searchOf(text: string | null | undefined): CustomerSearch | null {
  const words = text?.trim().slice(0, 100)
  if (!words) return null
  const typed = /^[\d\s()+.-]+$/.test(words) ? words.replace(/\D/g, '') : ''
  return { words, digits: typed.length >= 3 ? typed : null, found: null }
}

// One letter is in nearly every name.
const isIndexed = ({ words }: CustomerSearch): boolean => words.length > 1

/** Finds the customers whose name, user name or phone contains the text; null for an empty text. */
export async function searchCustomers(
  app: AppContext,
  merchantId: string,
  text: string | null | undefined,
): Promise<CustomerSearch | null> {
  const search = searchOf(text)
  if (!search || !isIndexed(search)) return search
  const rows = await queryMerchant<{ id: string }>(
    app,
    merchantId,
    'SELECT customer_id AS id FROM search_customers($1, $2, $3)',
    [search.words, search.digits, MOST_FOUND + 1],
  )
  const ids = new Set(rows.map(({ id }) => id))
  return { ...search, found: ids.size > MOST_FOUND ? null : foundIds([...ids]) }
}

const matching =
  ({ words, digits }: CustomerSearch): Found =>
  ({ put }) =>
    `(SELECT DISTINCT customer_id FROM search_customers(${put(words)}, ${put(digits)}, ${MOST_COUNTED + 1}))`

/**
 * As `searchCustomers`, for counting rows of the customers found: no order stops early, so many thousand customers are still
 * read faster from the index. `customers` says how many they are; null when they were not counted.
 */
export async function searchToCount(
  app: AppContext,
  merchantId: string,
  text: string | null | undefined,
): Promise<{ search: CustomerSearch | null; customers: number | null }> {
  const search = searchOf(text)
  if (!search || !isIndexed(search)) return { search, customers: null }
  const list = listStatement()
  const counted = countOf(`${matching(search)(list)} found`)
  const customers = (await queryMerchant<{ n: number }>(app, merchantId, counted, list.values))[0]?.n ?? 0
  return { search: { ...search, found: customers > MOST_COUNTED ? null : matching(search) }, customers }
}

/** SQL of the condition that the customer with the id in `column` matches a search, whose customers are too many to name. */
export function customerMatches({ put }: ListStatement, column: string, { words, digits }: CustomerSearch): string {
  const name = put(likeAnywhere(words))
  const phone = digits
    ? `OR EXISTS (SELECT FROM customer_identity i WHERE i.customer_id = found.id AND i.kind = 'PHONE' AND i.value LIKE ${put(likeAnywhere(digits))})`
    : ''
  // A scalar subquery is evaluated row by row in the list's order; a join would read all customers first.
  return `(SELECT found.name ILIKE ${name} OR found.username ILIKE ${name} ${phone} FROM customer found WHERE found.id = ${column})`
}

const NEWEST_FIRST = newestFirst('c.created_at', 'c.id')

/** Customers, newest first, by keyset. `onlyId` limits the list to one customer. */
export function findCustomers(
  app: AppContext,
  merchantId: string,
  { search, onlyId }: { search?: string | null | undefined; onlyId?: string | undefined },
) {
  const statement = (searched: CustomerSearch | null) => {
    const list = listStatement()
    if (onlyId !== undefined) list.add(`c.id = ${list.put(onlyId)}::uuid`)
    if (searched && !searched.found) list.add(customerMatches(list, 'c.id', searched))
    return list
  }
  return {
    fetch: async (page: PageRequest): Promise<CustomerRow[]> => {
      const searched = await searchCustomers(app, merchantId, search)
      const list = keysetConditions(statement(searched), page, NEWEST_FIRST)
      const source = among(list, searched?.found ?? null, 'customer c', 'c.id')
      const text = `SELECT ${COLUMNS} FROM ${source} ${orderAndLimit(page, NEWEST_FIRST)}`
      return queryMerchant<CustomerRow>(app, merchantId, text, list.values)
    },
    keyOf: (row: CustomerRow): Keyset => ({ value: row.createdAt, id: row.id }),
    count: async (): Promise<number> => {
      const { search: searched, customers } = await searchToCount(app, merchantId, search)
      if (customers !== null && onlyId === undefined) return customers
      const list = statement(searched)
      const text = countOf(among(list, searched?.found ?? null, 'customer c', 'c.id'))
      return (await queryMerchant<{ n: number }>(app, merchantId, text, list.values))[0]?.n ?? 0
    },
  }
}
