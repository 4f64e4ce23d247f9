import { setTimeout as delay } from 'node:timers/promises'
import { now } from './statistics.ts'

/**
 * Calls `work` at an even rate, whether or not earlier calls have ended, as customers do; a slow answer does not slow
 * the next question. Resolves when every call has ended. The due time is passed, so that lateness counts as latency.
 */
export async function atRate(
  perSecond: number,
  count: number,
  work: (n: number, dueAt: number) => Promise<void>,
): Promise<void> {
  const begun = now() + 20
  const calls: Promise<void>[] = []
  for (let n = 0; n < count; n++) {
    const dueAt = begun + (n * 1000) / perSecond
    const wait = dueAt - now()
    if (wait > 0) await delay(wait)
    calls.push(work(n, dueAt))
  }
  await Promise.all(calls)
}
