import pg from 'pg'

/** A connection as superuser, whom row-level security does not bind. */
export async function superuser(adminUrl: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: adminUrl })
  await client.connect()
  return client
}

// Of the tables that have changed in this database; counts of the town that it is a copy of are not copied with it.
const CHANGED = `SELECT string_agg(quote_ident(relname), ', ') AS names FROM pg_stat_user_tables
  WHERE schemaname = 'public' AND n_mod_since_analyze > 0`

/**
 * Runs statements that fill tables from rows that exist, in a transaction, without looking up each foreign key again: they
 * are right by the way they are made. Triggers do not fire.
 */
export async function unchecked<T>(client: pg.ClientBase, work: () => Promise<T>): Promise<T> {
  await client.query(`SET LOCAL session_replication_role = replica`)
  const result = await work()
  await client.query(`SET LOCAL session_replication_role = origin`)
  return result
}

/**
 * Fills tables in bulk, as superuser and in one transaction, and has PostgreSQL look at them: how the rows came to be is not
 * measured.
 */
export async function inBulk<T>(adminUrl: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = await superuser(adminUrl)
  try {
    await client.query('BEGIN')
    await client.query(`SET LOCAL work_mem = '128MB'`)
    const result = await work(client)
    await client.query('COMMIT')
    await client.query('SELECT pg_stat_force_next_flush()')
    const { rows } = await client.query<{ names: string | null }>(CHANGED)
    if (rows[0]?.names) await client.query(`VACUUM (ANALYZE) ${rows[0].names}`)
    return result
  } finally {
    await client.end()
  }
}
