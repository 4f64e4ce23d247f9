import { performance, type EventLoopUtilization } from 'node:perf_hooks'
import { setTimeout as delay } from 'node:timers/promises'

/** Above this share of its time spent working, the process has none to spare. */
const BUSY = 0.7
const SAMPLE_MS = 50
const LONGEST_MS = 1_000

let last: EventLoopUtilization = performance.eventLoopUtilization()
let share = 0
let sampling: NodeJS.Timeout | undefined

function sample(): void {
  const now = performance.eventLoopUtilization()
  const { utilization } = performance.eventLoopUtilization(now, last)
  last = now
  // Smoothed: one long task is not a rush.
  share = share * 0.6 + utilization * 0.4
}

/**
 * Resolves once this process has time to spare, after a second at the latest. Under a rush of webhooks new turns wait, so
 * that WhatsApp is answered first and answering customers only falls behind for a moment: what waits is not lost.
 */
export function waitUntilIdle(): Promise<void> {
  sampling ??= setInterval(sample, SAMPLE_MS).unref()
  return waitWhileBusy(() => share, LONGEST_MS)
}

/** Resolves once `busyShare` (0 to 1) leaves time to spare, after `longestMs` at the latest. */
export async function waitWhileBusy(busyShare: () => number, longestMs: number): Promise<void> {
  for (const deadline = Date.now() + longestMs; busyShare() > BUSY && Date.now() < deadline;) {
    // Spread out, so that those who wait do not come back all at once.
    await delay(10 + Math.random() * 30)
  }
}
