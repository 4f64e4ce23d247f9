import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from '../logger.ts'
import { isUnreachable } from './errors.ts'

/** Recovery after a crash takes minutes at most; after that whatever watches over the process begins anew. */
const PATIENCE_MS = 10 * 60_000
const PAUSE_MS = 500
const WARN_EVERY_MS = 10_000

/**
 * Does work that a start needs the database for, again and again while PostgreSQL is away, starting or recovering, and
 * warns of it every 10 s. `work` must be able to run again after it broke off anywhere.
 *
 * @throws what `work` throws for any other reason, or after ten minutes.
 */
export async function withPatience<T>(logger: Logger, work: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + PATIENCE_MS
  for (let nextWarning = 0; ; await delay(PAUSE_MS)) {
    try {
      return await work()
    } catch (error) {
      // A wrong password stays wrong; only absence may pass.
      if (Date.now() > deadline || !isUnreachable(error)) throw error
      if (Date.now() < nextWarning) continue
      nextWarning = Date.now() + WARN_EVERY_MS
      logger.warn({ reason: (error as Error).message }, 'PostgreSQL cannot be used yet; waiting for it')
    }
  }
}
