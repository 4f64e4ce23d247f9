import type { AppContext } from '../context.ts'

/** A row of a merchant, found before the merchant was known. */
export type MerchantRef = { merchantId: string }

/**
 * Runs a lookup: a function `lookup_*` of the database, the only reads that look across merchants. It answers ids and
 * nothing else, for work that begins before a merchant is known. Each lookup is declared by the feature that owns the
 * table (docs/decisions/0003); `name` names the prepared statement.
 */
export async function lookUp<Row extends MerchantRef>(
  { database }: Pick<AppContext, 'database'>,
  { name, text, values = [] }: { name: string; text: string; values?: unknown[] },
): Promise<Row[]> {
  return (await database.pool.query<Row>({ name: `lookup_${name}`, text, values })).rows
}
