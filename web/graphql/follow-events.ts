import { EventsDocument, type EventsSubscription } from '../generated/operations.ts'
import type { Connection } from './connection.ts'
import { isSignedOut } from './errors.ts'
import { createRefresher } from './refresher.ts'

export type LiveEvent = EventsSubscription['events']

type FollowOptions = {
  onEvent: (event: LiveEvent) => void
  /** Delay before the subscription is opened again after the server ended it, in ms. */
  restartMs?: number
  /** How long the server may take to make a subscription without a cursor live, in ms. */
  settleMs?: number
}

/** Pages of old messages do not change; asking for them again on every event would be waste. */
const isShortLived = (name: string) => name !== 'OlderMessages' && name !== 'Viewer'

/**
 * Follows the shop's events for the whole app until the returned function is called. The cache is fed by the results
 * on their way here; this function keeps the screen whole around them:
 *
 * - each event's cursor is remembered, and every new connection resumes after it;
 * - after a reconnect, and after a gap, everything on screen is asked again;
 * - before the first event there is no cursor to resume from, so what is on screen is asked once more when the
 *   subscription has certainly begun: nothing can fall between the first answer and the first event;
 * - what events do not carry (counts, timelines, search results) is asked again soon after, at a bounded rate.
 */
export function followEvents(connection: Connection, options: FollowOptions): () => void {
  const { client, socket, cursor, activeQueries } = connection
  const { onEvent, restartMs = 1_000, settleMs = 800 } = options
  const refresher = createRefresher(() => activeQueries.refetch(isShortLived))
  let stopped = false
  let restart: ReturnType<typeof setTimeout> | undefined
  let settle: ReturnType<typeof setTimeout> | undefined
  let subscription: { unsubscribe: () => void } | undefined
  let connectedBefore = false

  const stopListening = socket.onConnected(() => {
    if (connectedBefore) activeQueries.refetch()
    connectedBefore = true
    clearTimeout(settle)
    if (cursor.current === null) settle = setTimeout(() => activeQueries.refetch(), settleMs)
  })

  const listen = () => {
    let ended = false
    // The server may end the stream (a slow reader, a restart, a cursor it no longer knows).
    const end = () => {
      if (ended || stopped) return
      ended = true
      restart = setTimeout(() => {
        subscription?.unsubscribe()
        listen()
        activeQueries.refetch()
      }, restartMs)
    }
    subscription = client.subscription(EventsDocument, {}).subscribe((result) => {
      const event = result.data?.events
      if (event && event.cursor !== cursor.current) {
        cursor.current = event.cursor
        if (event.__typename === 'GapEvent') activeQueries.refetch()
        else refresher.request()
        onEvent(event)
      }
      if (isSignedOut(result.error)) return
      if (result.error) {
        if (result.error.graphQLErrors.length > 0) cursor.current = null
        end()
      } else if (!result.hasNext) end()
    })
  }
  listen()

  return () => {
    stopped = true
    clearTimeout(restart)
    clearTimeout(settle)
    refresher.stop()
    stopListening()
    subscription?.unsubscribe()
  }
}
