import type { EndReason } from './end-reasons.ts'

export const TRANSPORTS = ['websocket', 'sse'] as const
export type Transport = (typeof TRANSPORTS)[number]

/** The destination of a subscription's payloads: an operation on a socket, or an open response. */
export type Sink = {
  transport: Transport
  isOpen: () => boolean
  /** Bytes buffered for the peer. */
  buffered: () => number
  /** Sends one payload; `json` is a whole GraphQL result. Many sinks share the same bytes. */
  send: (json: Buffer) => void
  /** Calls `sends`, and writes what it sends to the peer at once. */
  together: (sends: () => void) => void
  /** Ends the connection of the subscription and tells the peer the reason. */
  end: (reason: EndReason) => void
}

/** A peer with more buffered bytes is disconnected; it resumes after its last cursor. */
const MAX_BUFFERED = 4 * 1024 * 1024
/** Sources that can wait pause above this. */
const HIGH_WATER = 512 * 1024

/** Sends one payload, or disconnects a peer that reads too slowly. */
export function sendPayload(sink: Sink, json: Buffer): void {
  if (!sink.isOpen()) return
  if (sink.buffered() > MAX_BUFFERED) sink.end('TOO_SLOW')
  else sink.send(json)
}

/** Sends payloads in order, in one write. */
export function sendPayloads(sink: Sink, payloads: readonly Buffer[]): void {
  const [first] = payloads
  if (first && payloads.length === 1) sendPayload(sink, first)
  else if (first) sink.together(() => payloads.forEach((json) => sendPayload(sink, json)))
}

/** Resolves when the buffer is below HIGH_WATER or the peer is gone. */
export async function waitUntilDrained(sink: Sink): Promise<void> {
  while (sink.isOpen() && sink.buffered() > HIGH_WATER) await new Promise((done) => setTimeout(done, 10))
}
