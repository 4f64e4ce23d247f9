import { print } from 'graphql'
import { createClient } from 'graphql-ws'
import { WebSocket } from 'ws'
import type { Backoff } from '../backoff.ts'
import { backoffMs, pause } from '../backoff.ts'
import { BotTurnsDocument } from '../generated/operations.ts'

export type SignalsOptions = {
  /** The GraphQL endpoint, as for HTTP. */
  url: string
  apiKey: string
  backoff: Backoff
  /** Interval of pings, in ms; the connection closes after two intervals without a pong. */
  keepAliveMs: number
  onSignal: () => void
  onConnected: () => void
  onLost: (reason: string) => void
}

// Limits the handshake and the size of messages, so that no server can block the bot.
class BoundedWebSocket extends WebSocket {
  constructor(address: string | URL, protocols?: string | string[]) {
    super(address, protocols, { handshakeTimeout: 10_000, maxPayload: 1_000_000, perMessageDeflate: false })
  }
}

// graphql-ws reports the close event of the socket, its error event, or the server's GraphQL errors.
const reasonOf = (error: unknown): string => {
  if (typeof error !== 'object' || error === null || Array.isArray(error)) return 'refused'
  if ('code' in error && typeof error.code === 'number') return `closed with ${error.code}`
  return 'message' in error && typeof error.message === 'string' && error.message !== '' ? error.message : 'failed'
}

/**
 * Subscribes to signals of new turns, and reconnects without limit after any loss. Missed signals need no replay: the
 * server sends one on each new subscription.
 */
export const listenForSignals = (options: SignalsOptions): { stop: () => Promise<void> } => {
  const stopping = new AbortController()
  const query = print(BotTurnsDocument)

  const listenOnce = async (onAlive: () => void): Promise<string> => {
    let pongDue: ReturnType<typeof setTimeout> | undefined
    const client = createClient({
      url: options.url.replace(/^http/, 'ws'),
      webSocketImpl: BoundedWebSocket,
      connectionParams: { authorization: `Bearer ${options.apiKey}` },
      retryAttempts: 0,
      keepAlive: options.keepAliveMs,
      connectionAckWaitTimeout: 10_000,
      on: {
        connected: options.onConnected,
        ping: (received) => {
          if (received) return
          clearTimeout(pongDue)
          pongDue = setTimeout(() => client.terminate(), options.keepAliveMs)
        },
        pong: (received) => {
          if (received) clearTimeout(pongDue)
        },
        closed: () => clearTimeout(pongDue),
      },
    })
    const ending = new AbortController()
    const reason = await new Promise<string>((resolve) => {
      const unsubscribe = client.subscribe(
        { query },
        {
          next: ({ errors }) => {
            if (errors) return
            onAlive()
            options.onSignal()
          },
          error: (error) => resolve(reasonOf(error)),
          complete: () => resolve('ended by the server'),
        },
      )
      const leave = () => {
        unsubscribe()
        resolve('stopped')
      }
      stopping.signal.addEventListener('abort', leave, { once: true, signal: ending.signal })
    })
    ending.abort()
    clearTimeout(pongDue)
    // A close may fail, and must not be awaited: the server may be gone.
    Promise.resolve(client.dispose()).catch(() => {})
    return reason
  }

  const listen = async (): Promise<void> => {
    let losses = 0
    while (!stopping.signal.aborted) {
      const reason = await listenOnce(() => {
        losses = 0
      })
      if (stopping.signal.aborted) return
      losses += 1
      options.onLost(reason)
      await pause(backoffMs(losses, options.backoff), stopping.signal)
    }
  }

  const listening = listen()
  return {
    stop: async () => {
      stopping.abort()
      await listening
    },
  }
}
