import type pg from 'pg'
import { openConnection } from './connection.ts'
import type { Pooling } from './tenant-client.ts'

const ROUNDS = 10
const LIMIT = { queryTimeoutMs: 10_000 }

/**
 * Detects a connection pooler in transaction mode. It asks over two connections at once which backend process answers: a
 * backend that serves both, or that changes, belongs to such a pooler. If a pooler stays undetected, statements fail, and
 * none sees the rows of another merchant.
 *
 * @throws Error that says what to do, for a pooler in statement mode.
 */
export async function detectPooling(url: string): Promise<Pooling> {
  await using first = await openConnection(url, LIMIT)
  return await detectPoolingOf(first, url)
}

/** `detectPooling` with an open connection to `url` as the first of the two. */
export async function detectPoolingOf(first: pg.Client, url: string): Promise<Pooling> {
  await using second = await openConnection(url, LIMIT)
  await assertTransactions(first)
  const seen = new Set<number>()
  const others = new Set<number>()
  // Two queries and one, so that a round-robin pooler does not give each connection the same process every time.
  for (let round = 0; round < ROUNDS; round++) {
    seen.add(await processOf(first)).add(await processOf(first))
    others.add(await processOf(second))
  }
  const isKept = seen.size === 1 && others.size === 1 && [...others].every((pid) => !seen.has(pid))
  return isKept ? 'session' : 'transaction'
}

/**
 * Compares the direct URL with the other: migrations, and jobs in PostgreSQL, need a URL that keeps the session.
 *
 * @throws Error that says what to do, when no URL keeps the session, or both lead to different databases.
 */
export async function assertDirectAddress(url: string, directUrl: string | null): Promise<void> {
  if (!directUrl) {
    throw new Error(
      'DATABASE_URL leads to a connection pooler in transaction mode. Set DATABASE_DIRECT_URL to an address of the same database past the pooler, for migrations, or let the pooler pool by session (PgBouncer: pool_mode = session).',
    )
  }
  if ((await detectPooling(directUrl)) !== 'session') {
    throw new Error(
      'DATABASE_DIRECT_URL leads to a connection pooler in transaction mode too. Set it to the address of PostgreSQL itself.',
    )
  }
  const [pooled, direct] = [await identityOf(url), await identityOf(directUrl)]
  if (pooled !== direct) {
    throw new Error(
      `DATABASE_URL and DATABASE_DIRECT_URL lead to different databases or roles (${pooled}; ${direct}). Let both name the same.`,
    )
  }
}

async function processOf(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
  return rows[0]?.pid ?? 0
}

async function assertTransactions(client: pg.Client): Promise<void> {
  try {
    await client.query('BEGIN')
    await client.query('COMMIT')
  } catch (error) {
    if (!/statement pooling/i.test((error as Error).message)) throw error
    throw new Error(
      'DATABASE_URL leads to a connection pooler in statement mode, which knows no transactions. Let it pool by transaction or by session (PgBouncer: pool_mode).',
      { cause: error },
    )
  }
}

async function identityOf(url: string): Promise<string> {
  await using client = await openConnection(url, LIMIT)
  // The start time distinguishes two servers, and every role may read it.
  const { rows } = await client.query<{ identity: string }>(
    `SELECT format('%s as %s on the server started %s', current_database(), current_user, pg_postmaster_start_time() AT TIME ZONE 'UTC') AS identity`,
  )
  return rows[0]?.identity ?? ''
}
