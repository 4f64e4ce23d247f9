import { createClient, type Client, type ClientOptions } from 'graphql-ws'
import { createStore, type Store } from './store.ts'

/** `connecting` covers the first connection and every try after one was lost. */
export type ConnectionState = 'connecting' | 'live' | 'offline'

export type LiveSocket = {
  client: Client
  state: Store<ConnectionState>
  /** Called each time a connection is acknowledged, the first one included. */
  onConnected: (listener: () => void) => () => void
}

const PING_EVERY_MS = 12_000
const PONG_WITHIN_MS = 5_000
const LONGEST_WAIT_MS = 3_000

/** Waits longer after each failure, with jitter, and no longer than until the browser says it is online again. */
export function waitToRetry(retries: number): Promise<void> {
  const wait = Math.min(200 * 2 ** retries, LONGEST_WAIT_MS) * (0.7 + Math.random() * 0.3)
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      removeEventListener('online', done)
      resolve()
    }
    const timer = setTimeout(done, wait)
    addEventListener('online', done)
  })
}

/**
 * One socket (graphql-transport-ws) that reconnects for ever. A connection that stops answering pings is dropped, since
 * a browser may take minutes to notice a network that went away.
 */
export function createLiveSocket(options: Pick<ClientOptions, 'url' | 'webSocketImpl'>): LiveSocket {
  const state = createStore<ConnectionState>('connecting')
  const listeners = new Set<() => void>()
  let pongTimer: ReturnType<typeof setTimeout> | undefined

  const client = createClient({
    ...options,
    keepAlive: PING_EVERY_MS,
    retryAttempts: Number.POSITIVE_INFINITY,
    shouldRetry: () => true,
    retryWait: waitToRetry,
    on: {
      connecting: () => state.set(navigator.onLine === false ? 'offline' : 'connecting'),
      connected: () => {
        state.set('live')
        for (const listener of listeners) listener()
      },
      closed: () => {
        clearTimeout(pongTimer)
        state.set('offline')
      },
      ping: (received) => {
        if (!received) pongTimer = setTimeout(() => client.terminate(), PONG_WITHIN_MS)
      },
      pong: (received) => {
        if (received) clearTimeout(pongTimer)
      },
    },
  })

  return {
    client,
    state,
    onConnected: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
