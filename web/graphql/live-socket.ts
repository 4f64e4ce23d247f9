import { createClient, type Client, type ClientOptions } from 'graphql-ws'
import { createStore, type Store } from './store.ts'

/** `connecting` is the first connection and every attempt to reconnect. */
export type ConnectionState = 'connecting' | 'live' | 'offline'

export type LiveSocket = {
  client: Client
  state: Store<ConnectionState>
  /** Calls the listener at every acknowledged connection, including the first. Returns a function that removes it. */
  onConnected: (listener: () => void) => () => void
}

const PING_EVERY_MS = 12_000
const PONG_WITHIN_MS = 5_000
const MAX_DELAY_MS = 3_000

/** Exponential backoff with jitter, at most 3 s. It ends early when the browser reports that it is online again. */
export function waitToRetry(retries: number): Promise<void> {
  const wait = Math.min(200 * 2 ** retries, MAX_DELAY_MS) * (0.7 + Math.random() * 0.3)
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
 * One WebSocket (graphql-transport-ws) that reconnects forever. A connection that does not answer a ping within 5 s is
 * closed, since a browser may take minutes to notice a lost network.
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
