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

/** Queries to refetch after an event: pages of old messages and the viewer do not change with events. */
const changesWithEvents = (name: string) => name !== 'OlderMessages' && name !== 'Viewer'

/**
 * Subscribes to the shop's events until the returned function is called. The cache applies each event by itself; this
 * function keeps the rest of the screen consistent:
 *
 * - it subscribes from the cursor that came with the `Viewer` query. Everything on screen was read later, so no event
 *   between a page and the subscription is missed;
 * - it keeps the cursor of the last event, and every new connection resumes after it;
 * - after a reconnect and after a gap it refetches everything on screen, which may have failed to load meanwhile;
 * - after an event it refetches data that events do not carry (counts, timelines, search results), throttled.
 */
export function followEvents(connection: Connection, { onEvent, restartMs = 1_000 }: FollowOptions): () => void {
  const { client, socket, cursor, activeQueries } = connection
  const refresher = createRefresher(() => activeQueries.refetch(changesWithEvents))
  let stopped = false
  let restart: ReturnType<typeof setTimeout> | undefined
  let subscription: { unsubscribe: () => void } | undefined
  let connectedBefore = false

  const stopListening = socket.onConnected(() => {
    if (connectedBefore) activeQueries.refetch()
    connectedBefore = true
  })

  const handle = (event: LiveEvent) => {
    if (event.cursor === cursor.current) return
    cursor.current = event.cursor
    if (event.__typename === 'GapEvent') activeQueries.refetch()
    else refresher.request()
    onEvent(event)
  }

  const listen = () => {
    let ended = false
    // The server may end the stream: the client reads too slowly, a restart, or an unknown cursor.
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
      if (data) handle(data.events)
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
