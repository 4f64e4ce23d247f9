import { tryEnqueue } from '../jobs/queues.ts'
import type { OpenCommitListener } from './commit.ts'
import { createCommitCounter } from './debounce.ts'
import { RELAY_WINDOW_MS, relayAfterWindow } from './jobs.ts'

/**
 * Publishes events from the committing process, because the relay's queue would add two transactions and several wake-ups
 * of latency. The relay publishes the events again; a feed drops those it has seen, waits for
 * those that come before, and reads lost ones from the log.
 */
export const publishEvents: OpenCommitListener =
  ({ pubsub }) =>
  ({ merchantId, events }) =>
    pubsub.publish('events', merchantId, events)

/** Enqueues the reactions of events. The relay enqueues them again; their ids make that harmless. */
export const scheduleReactions: OpenCommitListener =
  (app) =>
  async ({ events }) => {
    const jobs = events.flatMap(app.events.reactionsTo)
    if (jobs.length > 0) await tryEnqueue(app, ...jobs)
  }

/** Schedules the relay of the merchant's log, once a debounce window. */
export const scheduleRelay: OpenCommitListener = (app) => {
  const commits = createCommitCounter(RELAY_WINDOW_MS)
  return async ({ merchantId }) => {
    if (commits.count(merchantId) === 1) await tryEnqueue(app, relayAfterWindow(merchantId))
  }
}
