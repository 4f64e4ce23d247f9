import pg from 'pg'

/** Arbitrary, fixed numbers: every process of an installation asks for the same. */
const LOCKS = { migrating: 7_305_811_201, seeding: 7_305_811_202, sealing: 7_305_811_203 }

/**
 * Does work that one process of an installation does at a time. `url` must lead to an address that keeps the session,
 * because the lock belongs to it.
 */
export async function withAdvisoryLock<T>(url: string, lock: keyof typeof LOCKS, work: () => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000, keepAlive: true })
  // Should the session be lost, so is the lock; the work then fails for the same reason.
  client.on('error', () => {})
  try {
    await client.connect()
    await client.query('SELECT pg_advisory_lock($1)', [LOCKS[lock]])
    return await work()
  } finally {
    await client.end()
  }
}
