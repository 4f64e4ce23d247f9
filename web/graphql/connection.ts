import { Client, fetchExchange, mapExchange, subscriptionExchange, type Exchange } from '@urql/core'
import { retryExchange } from '@urql/exchange-retry'
import { getOperationAST } from 'graphql'
import type { ClientOptions } from 'graphql-ws'
import { createActiveQueries, type ActiveQueries } from './active-queries.ts'
import { isSignedOut } from './errors.ts'
import { createLiveSocket, type LiveSocket } from './live-socket.ts'

/** The last event seen. It lives in memory: a reload starts afresh with everything refetched. */
export type Cursor = { current: string | null }

/** All that talks to the server for one signed-in person: thrown away as a whole when somebody else signs in. */
export type Connection = {
  client: Client
  socket: LiveSocket
  cursor: Cursor
  activeQueries: ActiveQueries
  dispose: () => void
}

type ConnectionOptions = {
  /** Absolute address of `/graphql`. */
  url: string
  cache: Exchange
  /** An operation was refused because nobody is signed in (any more). */
  onSignedOut: () => void
  fetch?: typeof fetch
  webSocketImpl?: ClientOptions['webSocketImpl']
}

/** The header that lets yoga's CSRF prevention know the request is not a foreign form. */
const CSRF_HEADER = { 'x-graphql-yoga-csrf': '1' }

export function createConnection({ url, cache, onSignedOut, fetch, webSocketImpl }: ConnectionOptions): Connection {
  const cursor: Cursor = { current: null }
  const activeQueries = createActiveQueries()
  const socket = createLiveSocket({ url: url.replace(/^http/, 'ws'), ...(webSocketImpl ? { webSocketImpl } : {}) })

  const client = new Client({
    url,
    preferGetMethod: false,
    fetchOptions: { credentials: 'same-origin', headers: CSRF_HEADER },
    ...(fetch ? { fetch } : {}),
    exchanges: [
      activeQueries.exchange,
      mapExchange({
        onError: (error, operation) => {
          // The question "who am I?" may be answered by "nobody": its asker handles that itself.
          const name = getOperationAST(operation.query)?.name?.value
          if (name !== 'Viewer' && name !== 'SignOut' && isSignedOut(error)) onSignedOut()
        },
      }),
      cache,
      retryExchange({
        initialDelayMs: 400,
        maxDelayMs: 4_000,
        maxNumberAttempts: 3,
        // Mutations carry an idempotency key, so asking twice does once.
        retryIf: (error, operation) => {
          const status = (error.response as { status?: number } | undefined)?.status
          return (
            operation.kind !== 'subscription' && Boolean(error.networkError) && (status === undefined || status >= 500)
          )
        },
      }),
      fetchExchange,
      subscriptionExchange({
        forwardSubscription: ({ query = '', variables, operationName }) => ({
          subscribe: (sink) => {
            const payload = {
              query,
              operationName: operationName ?? null,
              // graphql-ws writes this payload anew for each connection, so reading the cursor late is what makes a
              // reconnect continue after the last event that was seen.
              get variables() {
                return cursor.current === null ? variables : { ...variables, after: cursor.current }
              },
            }
            // `events` never ends by itself: an end is the server's wish, and the follower must hear of it to begin anew.
            const complete = () => sink.error(new Error('The server ended the subscription'))
            return { unsubscribe: socket.client.subscribe(payload, { ...sink, complete }) }
          },
        }),
      }),
    ],
  })

  return { client, socket, cursor, activeQueries, dispose: () => void socket.client.dispose() }
}
