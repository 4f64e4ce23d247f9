import { openConnection } from './connection.ts'

/** Arbitrary keys, the same in every process of an installation. */
const LOCKS = { migrating: 7_305_811_201, seeding: 7_305_811_202, sealing: 7_305_811_203 }

/**
 * Runs work in one process of an installation at a time. `url` must keep the session, because the session holds the lock.
 */
export async function withAdvisoryLock<T>(url: string, lock: keyof typeof LOCKS, work: () => Promise<T>): Promise<T> {
  // A lost session loses the lock; the work then fails for the same reason.
  await using client = await openConnection(url, { keepAlive: true })
  await client.query('SELECT pg_advisory_lock($1)', [LOCKS[lock]])
  return await work()
}
