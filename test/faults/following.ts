import { createClient } from 'graphql-ws'
import WebSocket from 'ws'
import { decodeCursor } from '../../server/events/cursor.ts'

/** A screen that follows a shop's events the way the documentation tells partners to: it comes back after its last cursor. */
export type Follower = AsyncDisposable & {
  /** Sequences in the order they came. */
  sequences: number[]
  /** Close codes of the connections it lost. */
  closes: number[]
  /** Resolves once it is connected. */
  connected: Promise<void>
}

type FollowOptions = {
  /** Asked at every connection. */
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
  // graphql-ws sends the same object again when it reconnects, by then with the newest cursor in it.
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
      // It fails when there is no connection to close.
      await Promise.resolve(client.dispose()).catch(() => {})
    },
  }
}

/** 1, 2, … beginning after `from`. */
export const sequencesAfter = (from: number, count: number): number[] =>
  Array.from({ length: count }, (_none, index) => from + 1 + index)
