import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from '../logger.ts'
import { isUnreachable } from './errors.ts'

/** Recovery after a crash takes at most minutes; after this time the supervisor of the process should restart it. */
const TIMEOUT_MS = 10 * 60_000
const RETRY_INTERVAL_MS = 500
const WARNING_INTERVAL_MS = 10_000

/**
 * Retries work of a starting process while PostgreSQL is unreachable, starting or recovering, and logs a warning every 10 s.
 * `work` must be safe to run again after a failure at any point.
 *
 * @throws what `work` throws for any other reason, or after ten minutes.
 */
export async function waitForDatabase<T>(logger: Logger, work: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + TIMEOUT_MS
  for (let nextWarning = 0; ; await delay(RETRY_INTERVAL_MS)) {
    try {
      return await work()
    } catch (error) {
      // Other errors, such as a wrong password, do not go away.
      if (Date.now() > deadline || !isUnreachable(error)) throw error
      if (Date.now() < nextWarning) continue
      nextWarning = Date.now() + WARNING_INTERVAL_MS
      logger.warn({ reason: (error as Error).message }, 'PostgreSQL cannot be used yet; waiting for it')
    }
  }
}
