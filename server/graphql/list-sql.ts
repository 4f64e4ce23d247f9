import { instantOf, numberOf, type Keyset, type PageRequest } from './connection.ts'

/** The conditions of a statement, and the values of its placeholders. */
export type ListStatement = {
  values: unknown[]
  /** Adds a value and returns its placeholder. */
  put: (value: unknown) => string
  /** Adds a condition. */
  add: (condition: string) => void
  /** SQL of all conditions, and of those given; nothing when there are none. */
  where: (...more: string[]) => string
}

/**
 * A statement whose text has the conditions that are set, and no others. A condition such as `$1 IS NULL OR …` would be
 * planned for both cases, and the plan that a connection keeps could not use the index of either.
 */
export function listStatement(...conditions: string[]): ListStatement {
  const values: unknown[] = []
  return {
    values,
    put: (value) => `$${values.push(value)}`,
    add: (condition) => void conditions.push(condition),
    where: (...more) => {
      const all = [...conditions, ...more]
      return all.length > 0 ? `WHERE ${all.join(' AND ')}` : ''
    },
  }
}

/** The order of a list: by a column, then by id among rows of equal value. An index has both, after the merchant. */
export type ListOrder = { column: string; id: string; descending: boolean; type: 'timestamptz' | 'int' }

export const newestFirst = (column: string, id: string): ListOrder => ({
  column,
  id,
  descending: true,
  type: 'timestamptz',
})

/**
 * SQL of a page: conditions, order and limit. The limit is literal, because with a parameter PostgreSQL plans the statement
 * each time, which takes as long as reading.
 */
export function pageOf(list: ListStatement, page: PageRequest, order: ListOrder): string {
  return `${keysetConditions(list, page, order).where()} ${orderAndLimit(page, order)}`
}

/** Adds the conditions of a page's cursors: comparisons of rows, which are conditions of the index. */
export function keysetConditions(list: ListStatement, { after, before }: PageRequest, order: ListOrder): ListStatement {
  const compare = (key: Keyset, sign: string) =>
    list.add(
      `(${order.column}, ${order.id}) ${sign} (${list.put(valueOf(key, order))}::${order.type}, ${list.put(key.id)}::uuid)`,
    )
  const [later, earlier] = order.descending ? ['<', '>'] : ['>', '<']
  if (after) compare(after, later)
  if (before) compare(before, earlier)
  return list
}

/** SQL of the order and limit of a page. */
export function orderAndLimit({ backwards, limit }: PageRequest, { column, id, descending }: ListOrder): string {
  const direction = descending === backwards ? 'ASC' : 'DESC'
  return `ORDER BY ${column} ${direction}, ${id} ${direction} LIMIT ${limit}`
}

const valueOf = (key: Keyset, { type }: ListOrder): string | number =>
  type === 'timestamptz' ? instantOf(key) : numberOf(key)

/** SQL of the ids that a search has found, as rows of one column; puts the values that it needs. */
export type Found = (list: ListStatement) => string

export const foundIds =
  (ids: readonly string[]): Found =>
  ({ put }) =>
    `unnest(${put(ids)}::uuid[])`

/**
 * SQL of the rows of `table`, written `customer c`, that fulfil the conditions of a statement, as a source of that name. When a
 * search has `found` ids, only of rows whose `column` is one of them: each id is looked up by itself, because a plan made for a
 * small shop would rather read the whole shop. `tail` orders and limits the rows of each id.
 */
export function among(
  list: ListStatement,
  found: Found | null,
  table: string,
  column: string,
  tail = 'OFFSET 0',
): string {
  if (!found) return `${table} ${list.where()}`
  const alias = table.slice(table.lastIndexOf(' ') + 1)
  const rows = `SELECT ${alias}.* FROM ${table} ${list.where(`${column} = found.id`)} ${tail}`
  return `${found(list)} AS found (id) CROSS JOIN LATERAL (${rows}) ${alias}`
}

/** Lists are counted up to this number. Counting reads every row, so a long list would cost more than its page. */
export const MOST_COUNTED = 10_000

/** SQL of a count of the rows of `source`, as `n`; of more than MOST_COUNTED it is one more than that. */
export const countOf = (source: string): string =>
  `SELECT count(*)::int AS n FROM (SELECT FROM ${source} LIMIT ${MOST_COUNTED + 1}) counted`
