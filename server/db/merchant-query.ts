import type { QueryResultRow } from 'pg'
import type { AppContext } from '../context.ts'
import { nameOf } from './statement-name.ts'
import { tenantStore } from './tenant-pool.ts'
import { inTransaction, type Transaction } from './transaction.ts'

/**
 * Runs one prepared statement that sees only the merchant's rows, and returns its rows. Keep the number of different texts
 * small: each connection keeps the plan of each.
 *
 * docs/architecture.md, "Access to the database", lists the ways to the database.
 */
export async function queryMerchant<Row extends QueryResultRow>(
  { database }: Pick<AppContext, 'database'>,
  merchantId: string,
  text: string,
  values: readonly unknown[] = [],
): Promise<Row[]> {
  const query = { ...nameOf(text), text, values: [...values] }
  const { rows } = await tenantStore.run({ merchantId }, () => database.pool.query<Row>(query))
  return rows
}

/** Runs statements that see only the merchant's rows in one transaction, pipelined. Nothing is retried. */
export const merchantTransaction = <T>(
  { database }: Pick<AppContext, 'database'>,
  merchantId: string,
  work: (transaction: Transaction) => Promise<T>,
): Promise<T> => inTransaction(database.pool, merchantId, work)

/**
 * SQL that `column` is one of `ids`, with the value of its placeholder `$1`. A single id, by far the most frequent, is
 * compared directly: PostgreSQL caches the plan of that, but plans every array again (0.2 instead of 0.5 ms for an order
 * with its parts).
 */
export const oneOf = (column: string, ids: readonly string[]): [condition: string, value: unknown] =>
  ids.length === 1 ? [`${column} = $1::uuid`, ids[0]] : [`${column} = ANY($1::uuid[])`, ids]

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** Whether an id of a client is a UUID. Callers treat other ids as not found. */
export const isUuid = (id: string): boolean => UUID.test(id)

/** Text for ILIKE that matches `words` anywhere, with its wildcards taken literally. */
export const likeAnywhere = (words: string): string => `%${words.replace(/[\\%_]/g, String.raw`\$&`)}%`

/** SQL that formats a timestamp as the API does: RFC 3339 in UTC, with milliseconds. */
export const isoTime = (column: string): string =>
  `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`
