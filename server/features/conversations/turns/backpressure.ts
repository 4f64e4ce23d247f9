import { performance, type EventLoopUtilization } from 'node:perf_hooks'
import { setTimeout as delay } from 'node:timers/promises'

/** The utilisation of the event loop (0 to 1) above which the process counts as busy. */
const BUSY = 0.7
const SAMPLE_MS = 50
const MAX_WAIT_MS = 1_000

let last: EventLoopUtilization = performance.eventLoopUtilization()
let share = 0
let sampling: NodeJS.Timeout | undefined

function sample(): void {
  const now = performance.eventLoopUtilization()
  const { utilization } = performance.eventLoopUtilization(now, last)
  last = now
  // Smoothed, so that a single long task does not count as load.
  share = share * 0.6 + utilization * 0.4
}

/**
 * Resolves once the event loop of this process is idle enough, after a second at the latest. Under a burst of webhooks this
 * delays new turns, so that WhatsApp gets its answers first. Waiting turns are stored, so none is lost.
 */
export function waitUntilIdle(): Promise<void> {
  sampling ??= setInterval(sample, SAMPLE_MS).unref()
  return waitWhileBusy(() => share, MAX_WAIT_MS)
}

/** Resolves once `busyShare` (0 to 1) falls to the threshold, after `longestMs` at the latest. */
export async function waitWhileBusy(busyShare: () => number, longestMs: number): Promise<void> {
  for (const deadline = Date.now() + longestMs; busyShare() > BUSY && Date.now() < deadline;) {
    // Jitter, so that waiting claims do not resume all at once.
    await delay(10 + Math.random() * 30)
  }
}
