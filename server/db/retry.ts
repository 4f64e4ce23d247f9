import { isTransient } from './errors.ts'

/** Attempts in all; a deadlock seldom meets the same work twice. */
const ATTEMPTS = 4

/**
 * Runs work again at once after a deadlock or a serialisation failure. `work` must have no effect outside its transaction.
 *
 * @throws what `work` throws for any other reason, or at its last attempt.
 */
export async function retryTransient<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      if (attempt >= ATTEMPTS || !isTransient(error)) throw error
    }
  }
}
