import pg from 'pg'

/** A connection as superuser, whom row-level security does not bind. */
export async function superuser(adminUrl: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: adminUrl })
  await client.connect()
  return client
}

/** Fills tables in bulk, as superuser, and has PostgreSQL look at them: how the rows came to be is not measured. */
export async function inBulk<T>(adminUrl: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = await superuser(adminUrl)
  try {
    const result = await work(client)
    await client.query('VACUUM ANALYZE')
    return result
  } finally {
    await client.end()
  }
}
