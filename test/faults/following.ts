import { createClient } from 'graphql-ws'
import WebSocket from 'ws'
import { decodeCursor } from '../../server/events/cursor.ts'

/** A client that follows a shop's events as docs/partners.md recommends: it reconnects and resumes after its last cursor. */
export type Follower = AsyncDisposable & {
  /** Sequences of the received events, in the order of their arrival. */
  sequences: number[]
  /** Close codes of its ended connections. */
  closes: number[]
  /** Resolves when the first connection is acknowledged. */
  connected: Promise<void>
}

type FollowOptions = {
  /** Called for every connection. */
  url: () => string
  headers: Record<string, string>
  after: string
}

export function followEvents({ url, headers, after }: FollowOptions): Follower {
  const sequences: number[] = []
  const closes: number[] = []
  const variables = { after }
  let acknowledge = () => {}
  const connected = new Promise<void>((done) => (acknowledge = done))
  const client = createClient({
    url: () => `${url().replace(/^http/, 'ws')}/graphql`,
    webSocketImpl: class extends WebSocket {
      constructor(address: string | URL, protocols?: string | string[]) {
        super(address, protocols, { headers })
      }
    },
    retryAttempts: 100,
    shouldRetry: () => true,
    retryWait: () => new Promise((done) => setTimeout(done, 100)),
    on: { connected: () => acknowledge(), closed: (event) => void closes.push((event as { code: number }).code) },
  })
  // graphql-ws sends the same variables object when it reconnects; it then holds the newest cursor.
  const stop = client.subscribe<{ events: { cursor: string } }>(
    { query: 'subscription ($after: EventCursor) { events(after: $after) { __typename cursor } }', variables },
    {
      next: ({ data }) => {
        if (!data) return
        variables.after = data.events.cursor
        sequences.push(decodeCursor(data.events.cursor).sequence)
      },
      error: () => {},
      complete: () => {},
    },
  )
  return {
    sequences,
    closes,
    connected,
    [Symbol.asyncDispose]: async () => {
      stop()
      // `dispose` fails when no connection is open.
      await Promise.resolve(client.dispose()).catch(() => {})
    },
  }
}

/** `count` sequences that follow `from`. */
export const sequencesAfter = (from: number, count: number): number[] =>
  Array.from({ length: count }, (_none, index) => from + 1 + index)
