import type { OpenCommitListener } from './commit.ts'
import { openRelayOffsets } from './relay-offsets.ts'

/**
 * Relays events from the committing process: publishes them and enqueues their reactions at once, and advances the relay
 * offset a moment later, when both have succeeded. Otherwise the sweep relays them again: a feed drops the events that it has
 * seen, a queue the jobs that it has. `lagging` is as for `settleLog`.
 */
export const relayOnCommit =
  ({ lagging }: { lagging: string }): OpenCommitListener =>
  (app) => {
    const offsets = openRelayOffsets(app, lagging)
    return async ({ merchantId, events }) => {
      const enqueueReactions = async () => app.queues.enqueue(...events.flatMap(app.events.reactionsTo))
      await Promise.all([app.pubsub.publish('events', merchantId, events), enqueueReactions()])
      const [first, last] = [events[0], events.at(-1)]
      if (first && last) offsets.advance(merchantId, { first: first.sequence, last: last.sequence })
    }
  }
