import pg from 'pg'

/** A connection that is not pooled. */
export type Connection = pg.Client & AsyncDisposable

/**
 * Opens one connection for a short task apart from the pools; `await using` closes it. A statement fails after
 * `queryTimeoutMs`, by default never.
 *
 * @throws Error of `pg`, when no connection is open within 5 s.
 */
export async function openConnection(
  url: string,
  { queryTimeoutMs, ...rest }: pg.ClientConfig & { queryTimeoutMs?: number } = {},
): Promise<Connection> {
  const limit = queryTimeoutMs === undefined ? {} : { query_timeout: queryTimeoutMs }
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000, ...limit, ...rest })
  // A dropped connection fails its next statement; an 'error' event without a listener would end the process.
  client.on('error', () => {})
  const close = () => client.end().catch(() => {})
  try {
    await client.connect()
  } catch (error) {
    await close()
    throw error
  }
  return Object.assign(client, { [Symbol.asyncDispose]: close })
}
