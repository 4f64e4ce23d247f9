import { isUuid } from '../db/merchant-query.ts'
import { AppError } from '../errors.ts'

export type PageArgs = { first?: number | null; after?: string | null; last?: number | null; before?: string | null }

/** A page to read. `limit` is one more than the requested size, which shows whether more rows follow. */
export type PageRequest = { limit: number; after: Keyset | null; before: Keyset | null; backwards: boolean }

/** The sort value of a row (an ISO instant, a number or a text), and its id, which orders rows of equal value. */
export type Keyset = { value: string; id: string }

const DEFAULT_SIZE = 20
export const MAX_PAGE = 100

const encode = ({ value, id }: Keyset): string => Buffer.from(`${value}\n${id}`).toString('base64url')

function decode(cursor: string): Keyset {
  const text = cursor.length <= 512 ? Buffer.from(cursor, 'base64url').toString() : ''
  const at = text.lastIndexOf('\n')
  const id = text.slice(at + 1)
  if (at < 1 || !isUuid(id)) throw invalidCursor()
  return { value: text.slice(0, at), id }
}

const invalidCursor = () =>
  new AppError('CURSOR_INVALID', 'The cursor was not made by this server; start again without one.')

/** The instant in a keyset, for lists ordered by time. @throws AppError CURSOR_INVALID when it holds none. */
export function instantOf({ value }: Keyset): string {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(value)) throw invalidCursor()
  return value
}

/** The number in a keyset, for lists ordered by position. @throws AppError CURSOR_INVALID when it holds none. */
export function numberOf({ value }: Keyset): number {
  if (!/^-?\d{1,9}$/.test(value)) throw invalidCursor()
  return Number(value)
}

/** @throws AppError BAD_INPUT when the page is larger than 100, or `first` and `last` are both given. */
function pageRequest({ first, after, last, before }: PageArgs): PageRequest {
  if (first != null && last != null) throw new AppError('BAD_INPUT', 'Ask for "first" or "last", not both.')
  const size = first ?? last ?? DEFAULT_SIZE
  if (size < 0 || size > MAX_PAGE)
    throw new AppError('BAD_INPUT', `A page holds 0 to ${MAX_PAGE} items; ${size} were asked for.`)
  return {
    limit: size + 1,
    after: after == null ? null : decode(after),
    before: before == null ? null : decode(before),
    backwards: last != null,
  }
}

/**
 * Resolves a Relay connection by keyset pagination, whose cost does not grow with the position. `fetch` returns rows in
 * list order, or reversed when `backwards`.
 */
export async function keysetConnection<Row>(
  args: PageArgs,
  {
    fetch,
    keyOf,
    count,
  }: { fetch: (page: PageRequest) => Promise<Row[]>; keyOf: (row: Row) => Keyset; count: () => Promise<number> },
) {
  const page = pageRequest(args)
  const rows = await fetch(page)
  const more = rows.length === page.limit
  const pageRows = more ? rows.slice(0, -1) : rows
  if (page.backwards) pageRows.reverse()
  const edges = pageRows.map((node) => ({ cursor: encode(keyOf(node)), node }))
  return {
    edges,
    pageInfo: {
      hasNextPage: page.backwards ? page.before !== null : more,
      hasPreviousPage: page.backwards ? more : page.after !== null,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
    totalCount: count,
  }
}
