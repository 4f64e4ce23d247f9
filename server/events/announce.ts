import type { EventRecord } from './kit.ts'
import type { PubSub } from './pubsub.ts'

/**
 * Tells whoever listens now what was just committed: live screens, and bots that wait for a turn. It comes straight from
 * the committing process, because the way over the relay's queue costs two more transactions and several wake-ups before
 * anybody sees the event. Best effort: the relay publishes the events again, and a feed drops what it has seen, waits for
 * what comes before, and reads the log for what was lost; a bot looks for unclaimed turns every second.
 */
export async function announce(pubsub: PubSub, merchantId: string, events: EventRecord[]): Promise<void> {
  const told = [pubsub.publish('events', merchantId, events)]
  if (events.some((event) => event.type === 'message_received')) told.push(pubsub.publish('turns', 'all', null))
  await Promise.all(told)
}
