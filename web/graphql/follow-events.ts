import { EventsDocument, ViewerDocument, type EventsSubscription } from '../generated/operations.ts'
import type { Connection } from './connection.ts'
import { isSignedOut } from './errors.ts'
import { createRefresher } from './refresher.ts'

export type LiveEvent = EventsSubscription['events']

type FollowOptions = {
  onEvent: (event: LiveEvent) => void
  /** Delay before the subscription is opened again after the server ended it, in ms. */
  restartMs?: number
}

/** Pages of old messages do not change; asking for them again on every event would be waste. */
const isShortLived = (name: string) => name !== 'OlderMessages' && name !== 'Viewer'

/**
 * Follows the shop's events for the whole app until the returned function is called. The cache is fed by the results
 * on their way here; this function keeps the screen whole around them:
 *
 * - it begins where the event log ended when the server was asked who is signed in. Everything on screen was read
 *   later, so nothing can fall between a page and its first event;
 * - each event's cursor is remembered, and every new connection resumes after it;
 * - after a reconnect, and after a gap, everything on screen is asked again: it may have failed to load meanwhile;
 * - what events do not carry (counts, timelines, search results) is asked again soon after, at a bounded rate.
 */
export function followEvents(connection: Connection, { onEvent, restartMs = 1_000 }: FollowOptions): () => void {
  const { client, socket, cursor, activeQueries } = connection
  const refresher = createRefresher(() => activeQueries.refetch(isShortLived))
  let stopped = false
  let restart: ReturnType<typeof setTimeout> | undefined
  let subscription: { unsubscribe: () => void } | undefined
  let connectedBefore = false

  const stopListening = socket.onConnected(() => {
    if (connectedBefore) activeQueries.refetch()
    connectedBefore = true
  })

  const take = (event: LiveEvent) => {
    if (event.cursor === cursor.current) return
    cursor.current = event.cursor
    if (event.__typename === 'GapEvent') activeQueries.refetch()
    else refresher.request()
    onEvent(event)
  }

  const listen = () => {
    let ended = false
    // The server may end the stream (a slow reader, a restart, a cursor it no longer knows).
    const end = () => {
      if (ended || stopped) return
      ended = true
      restart = setTimeout(() => {
        subscription?.unsubscribe()
        void begin('network-only')
        activeQueries.refetch()
      }, restartMs)
    }
    subscription = client.subscription(EventsDocument, {}).subscribe(({ data, error, hasNext }) => {
      if (data) take(data.events)
      if (isSignedOut(error)) return
      if (error?.graphQLErrors.length) cursor.current = null
      if (error || !hasNext) end()
    })
  }

  const begin = async (requestPolicy: 'cache-first' | 'network-only') => {
    if (cursor.current === null) {
      const { data, error } = await client.query(ViewerDocument, {}, { requestPolicy }).toPromise()
      if (stopped || isSignedOut(error)) return
      cursor.current = data?.viewer?.merchant.eventCursor ?? null
      if (cursor.current === null) {
        restart = setTimeout(() => void begin('network-only'), restartMs)
        return
      }
    }
    listen()
  }
  void begin('cache-first')

  return () => {
    stopped = true
    clearTimeout(restart)
    refresher.stop()
    stopListening()
    subscription?.unsubscribe()
  }
}
