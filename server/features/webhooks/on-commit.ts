import type { OpenCommitListener } from '../../events/commit.ts'
import type { LogPosition } from '../../events/cursor.ts'
import { createCommitCounter, currentWindow } from '../../events/debounce.ts'
import { tryEnqueue } from '../../jobs/queues.ts'
import { dispatchWebhooksJob } from './jobs.ts'

/** Debounce window in ms: commits that follow a first one within it are dispatched together at its end. */
const DISPATCH_WINDOW_MS = 50

/** Schedules the dispatch of committed events to the merchant's webhook endpoints, if it has any. */
export const scheduleDispatch: OpenCommitListener = (app) => {
  const commits = createCommitCounter(DISPATCH_WINDOW_MS)
  return async ({ merchantId, events, webhookEndpointCount }) => {
    const last = events.at(-1)
    if (!last || webhookEndpointCount === 0) return
    const job = dispatchOf(merchantId, { nth: commits.count(merchantId), last })
    if (job) await tryEnqueue(app, job)
  }
}

/**
 * The dispatch of a commit that is its merchant's `nth` in the window and whose last event is `last`: the first is
 * dispatched at once, those that follow together when the window is over. Null when that is scheduled already.
 */
function dispatchOf(merchantId: string, { nth, last }: { nth: number; last: LogPosition }) {
  // A queue may still have a job of an event with this sequence from before a backup was restored.
  if (nth === 1) return dispatchWebhooksJob.request({ merchantId, trigger: `e${last.sequence}${last.incarnation}` })
  const trigger = `w${currentWindow(DISPATCH_WINDOW_MS)}`
  return nth === 2 ? dispatchWebhooksJob.request({ merchantId, trigger }, { delayMs: DISPATCH_WINDOW_MS }) : null
}
