import type pg from 'pg'

type Queryable = Pick<pg.ClientBase, 'query'>

// A restored database has other OIDs or is in another cluster. A copy of the files has the same identity.
const IDENTITY = `SELECT concat_ws('/', (SELECT system_identifier FROM pg_control_system()),
  (SELECT oid FROM pg_database WHERE datname = current_database()), 'event'::regclass::oid) AS identity`

/**
 * Refuses a database whose identity has changed: it was restored from a backup, or copied, and readers of its event log would
 * not learn that events differ.
 *
 * @throws Error that says which command to run.
 */
export async function assertSameDatabase(client: Queryable): Promise<void> {
  const identity = await identityOf(client)
  const known = `INSERT INTO database_home (identity) VALUES ($1) ON CONFLICT (id) DO UPDATE SET identity = database_home.identity RETURNING identity`
  const { rows } = await client.query<{ identity: string }>(known, [identity])
  if (rows[0]?.identity === identity) return
  throw new Error(
    'This database was restored from a backup, or moved. Run "npm run restored" (in an image: node dist/server/main.js --restored) once while no process of Storeline runs, then start again; docs/operators.md, "Backups", says what it does.',
  )
}

/** Stores the present identity of the database as the known one. */
export async function storeIdentity(client: Queryable): Promise<void> {
  await client.query(
    'INSERT INTO database_home (identity) VALUES ($1) ON CONFLICT (id) DO UPDATE SET identity = excluded.identity',
    [await identityOf(client)],
  )
}

async function identityOf(client: Queryable): Promise<string> {
  return (await client.query<{ identity: string }>(IDENTITY)).rows[0]?.identity ?? ''
}
