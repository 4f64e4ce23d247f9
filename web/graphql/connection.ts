import { Client, fetchExchange, mapExchange, subscriptionExchange, type Exchange } from '@urql/core'
import { retryExchange } from '@urql/exchange-retry'
import { getOperationAST } from 'graphql'
import type { ClientOptions } from 'graphql-ws'
import { createActiveQueries, type ActiveQueries } from './active-queries.ts'
import { isSignedOut } from './errors.ts'
import { createLiveSocket, type LiveSocket } from './live-socket.ts'

/** The cursor of the last event. It is kept in memory only: a reload fetches everything again. */
export type Cursor = { current: string | null }

/** The client, socket and cursor of one signed-in person; discarded as a whole when another person signs in. */
export type Connection = {
  client: Client
  socket: LiveSocket
  cursor: Cursor
  activeQueries: ActiveQueries
  /** Closes the socket. Never rejects. */
  dispose: () => Promise<void>
}

type ConnectionOptions = {
  /** Absolute URL of `/graphql`. */
  url: string
  cache: Exchange
  /** Called when an operation is refused because the session has ended. */
  onSignedOut: () => void
  fetch?: typeof fetch
  webSocketImpl?: ClientOptions['webSocketImpl']
}

/** Required by yoga's CSRF prevention: a form on another site cannot send this header. */
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
          // The caller of `Viewer` handles a missing session itself.
          const name = getOperationAST(operation.query)?.name?.value
          if (name !== 'Viewer' && name !== 'SignOut' && isSignedOut(error)) onSignedOut()
        },
      }),
      cache,
      retryExchange({
        initialDelayMs: 400,
        maxDelayMs: 4_000,
        maxNumberAttempts: 3,
        // Mutations are idempotent or carry an idempotency key, so a retry is safe.
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
              // graphql-ws serialises this payload for each connection, so the getter makes a reconnect continue after
              // the last event.
              get variables() {
                return cursor.current === null ? variables : { ...variables, after: cursor.current }
              },
            }
            // `events` has no end of its own: when the server completes it, `followEvents` must subscribe again.
            const complete = () => sink.error(new Error('The server ended the subscription'))
            return { unsubscribe: socket.client.subscribe(payload, { ...sink, complete }) }
          },
        }),
      }),
    ],
  })

  // graphql-ws waits for the connection in order to close it, and rejects when the server refuses the connection meanwhile.
  const dispose = async () => {
    await Promise.resolve(socket.client.dispose()).catch(() => {})
  }
  return { client, socket, cursor, activeQueries, dispose }
}
