import { setTimeout as delay } from 'node:timers/promises'
import { repeatableRandom } from './random.ts'
import { now } from './statistics.ts'

/**
 * Calls `work` at random moments (a Poisson process: exponential gaps, the same in every run), whether or not earlier calls have
 * ended, as customers do: an even rate would meet every timer of the server in the same phase. Resolves when every call has
 * ended; stops at the first that fails, and throws its error. The due time is passed, so that lateness counts as latency.
 */
export async function atRate(
  perSecond: number,
  count: number,
  work: (n: number, dueAt: number) => Promise<void>,
): Promise<void> {
  const random = repeatableRandom(count)
  const calls: Promise<void>[] = []
  const failures: unknown[] = []
  let dueAt = now() + 20
  for (let n = 0; n < count && failures.length === 0; n++) {
    const wait = dueAt - now()
    if (wait > 0) await delay(wait)
    calls.push(work(n, dueAt).catch((error: unknown) => void failures.push(error)))
    dueAt += (-Math.log(1 - random()) * 1000) / perSecond
  }
  await Promise.all(calls)
  if (failures.length > 0) throw failures[0]
}
