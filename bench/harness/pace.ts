import { setTimeout as delay } from 'node:timers/promises'
import { now } from './statistics.ts'

/**
 * Calls `work` at an even rate, whether or not earlier calls have ended, as customers do; a slow answer does not slow
 * the next question. Resolves when every call has ended; stops at the first that fails, and throws its error. The due time is passed, so that lateness counts as latency.
 */
export async function atRate(
  perSecond: number,
  count: number,
  work: (n: number, dueAt: number) => Promise<void>,
): Promise<void> {
  const begun = now() + 20
  const calls: Promise<void>[] = []
  const failures: unknown[] = []
  for (let n = 0; n < count && failures.length === 0; n++) {
    const dueAt = begun + (n * 1000) / perSecond
    const wait = dueAt - now()
    if (wait > 0) await delay(wait)
    calls.push(work(n, dueAt).catch((error: unknown) => void failures.push(error)))
  }
  await Promise.all(calls)
  if (failures.length > 0) throw failures[0]
}
