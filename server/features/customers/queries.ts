import type { AppContext } from '../../context.ts'
import { isoTime, isUuid, likeAnywhere, oneOf, queryMerchant } from '../../db/merchant-query.ts'
import type { IdentityKind } from '../../generated/prisma/enums.ts'
import type { Selection } from '../../graphql/look-ahead.ts'
import type { Keyset, PageRequest } from '../../graphql/connection.ts'
import { countOf, listStatement, newestFirst, pageOf } from '../../graphql/list-sql.ts'

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

/** The SQL condition that matches a customer by name, user name or phone; `$n` is the name pattern, `$n+1` the phone pattern. */
export const customerMatches = (n: number): string => `(c.name ILIKE $${n} OR c.username ILIKE $${n} OR EXISTS (
  SELECT 1 FROM customer_identity i WHERE i.customer_id = c.id AND i.kind = 'PHONE' AND i.value LIKE $${n + 1}))`

/** The patterns for `customerMatches`. A phone pattern needs three digits or more; fewer would match nearly every customer. */
export function customerPatterns(search: string): [name: string, phone: string | null] {
  const words = search.trim()
  const digits = /^[\d\s()+.-]+$/.test(words) ? words.replace(/\D/g, '') : ''
  return [likeAnywhere(words), digits.length >= 3 ? likeAnywhere(digits) : null]
}

/** Customers, newest first, by keyset. `onlyId` limits the list to one customer. */
export function findCustomers(
  app: AppContext,
  merchantId: string,
  { search, onlyId }: { search?: string | null | undefined; onlyId?: string | undefined },
) {
  const words = search?.trim()
  const statement = () => {
    const list = listStatement()
    if (onlyId !== undefined) list.add(`c.id = ${list.put(onlyId)}::uuid`)
    if (words) {
      const [name, phone] = customerPatterns(words)
      const first = Number(list.put(name).slice(1))
      list.put(phone)
      list.add(customerMatches(first))
    }
    return list
  }
  return {
    fetch: (page: PageRequest): Promise<CustomerRow[]> => {
      const list = statement()
      const text = `SELECT ${COLUMNS} FROM customer c ${pageOf(list, page, newestFirst('c.created_at', 'c.id'))}`
      return queryMerchant<CustomerRow>(app, merchantId, text, list.values)
    },
    keyOf: (row: CustomerRow): Keyset => ({ value: row.createdAt, id: row.id }),
    count: async (): Promise<number> => {
      const list = statement()
      const text = countOf(`customer c ${list.where()}`)
      return (await queryMerchant<{ n: number }>(app, merchantId, text, list.values))[0]?.n ?? 0
    },
  }
}
