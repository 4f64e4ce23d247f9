import { Repeater } from 'graphql-yoga'
import type { AppContext } from '../../../context.ts'
import type { OpenCommitListener } from '../../../events/commit.ts'
import { messageReceived } from '../events.ts'
import { openBotConnection } from './presence.ts'
import { lookUpClaimableConversations } from '../lookups.ts'

/** Wakes bots that wait for a turn when a message was received. They also poll for turns every second. */
export const wakeBots: OpenCommitListener =
  ({ pubsub }) =>
  async ({ events }) => {
    if (events.some((event) => event.type === messageReceived.type)) await pubsub.publish('turns', 'all', null)
  }

/** The interval of the poll for turns whose signal was lost or whose lease expired. */
const POLL_MS = 1_000

/**
 * Signals that a turn may be claimable: on subscribing, and whenever one arrives or becomes free. The bot counts as
 * connected until the iterator is returned. Unread signals are merged into one.
 */
export function watchTurns(app: AppContext): AsyncIterable<{ at: Date }> {
  return new Repeater<{ at: Date }>(async (push, stop) => {
    let pending = false
    const signal = () => {
      if (pending) return
      pending = true
      void Promise.resolve(push({ at: new Date() })).then(
        () => (pending = false),
        () => {},
      )
    }
    const unsubscribe = await app.pubsub.subscribe('turns', 'all', signal)
    const disconnect = await openBotConnection(app).catch((error: unknown) => {
      unsubscribe()
      throw error
    })
    const look = async () => {
      if (!pending && (await lookUpClaimableConversations(app, 1)).length > 0) signal()
    }
    // The database is unreachable: the next poll finds waiting turns.
    const timer = setInterval(() => void look().catch(() => {}), POLL_MS)
    signal()
    await stop
    clearInterval(timer)
    unsubscribe()
    await disconnect()
  })
}
