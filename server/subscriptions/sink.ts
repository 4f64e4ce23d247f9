import type { EndReason } from './end-reasons.ts'

export const TRANSPORTS = ['websocket', 'sse'] as const
export type Transport = (typeof TRANSPORTS)[number]

/** Where the answers of one subscription go: an operation on a socket, or a response that stays open. */
export type Sink = {
  transport: Transport
  isOpen: () => boolean
  /** Bytes that wait for the peer. */
  buffered: () => number
  /** Sends one answer; `json` is a whole GraphQL result. The same bytes go to many sinks. */
  send: (json: Buffer) => void
  /** Ends the connection that the subscription stands on, and tells the peer why. */
  end: (reason: EndReason) => void
}

/** A peer that lets this many bytes pile up is sent away; it resumes after its last cursor. */
const MAX_BUFFERED = 4 * 1024 * 1024
/** Whatever can wait pauses above this. */
const HIGH_WATER = 512 * 1024

/** Sends one answer to a peer that keeps up with reading. */
export function sendPayload(sink: Sink, json: Buffer): void {
  if (!sink.isOpen()) return
  if (sink.buffered() > MAX_BUFFERED) sink.end('TOO_SLOW')
  else sink.send(json)
}

/** Resolves when little enough waits for the peer, or it is gone. */
export async function waitUntilDrained(sink: Sink): Promise<void> {
  while (sink.isOpen() && sink.buffered() > HIGH_WATER) await new Promise((done) => setTimeout(done, 10))
}
