import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'
import { END_REASONS, type EndReason } from '../subscriptions/end-reasons.ts'
import type { Sink } from '../subscriptions/sink.ts'

/** Time after which a peer that has not answered the close is disconnected. */
const CLOSE_TIMEOUT_MS = 5_000
const CLOSING_BRACE = Buffer.from('}')

const TEXT = { binary: false, compress: false }

/** Holds back what is written, until it is uncorked: `Duplex` of Node. */
type Corkable = Pick<Duplex, 'cork' | 'uncork'>

/** The sink of one operation on a socket. It puts the operation's id before the payload that all subscribers share. */
class SocketSink implements Sink {
  readonly transport = 'websocket'
  readonly #socket: WebSocket
  readonly #stream: Corkable | undefined
  readonly #prefix: Buffer

  constructor(socket: WebSocket, operationId: string, stream: Corkable | undefined) {
    this.#socket = socket
    this.#stream = stream
    this.#prefix = Buffer.from(`{"id":${JSON.stringify(operationId)},"type":"next","payload":`)
  }

  isOpen(): boolean {
    return this.#socket.readyState === this.#socket.OPEN
  }

  buffered(): number {
    return this.#socket.bufferedAmount
  }

  send(json: Buffer): void {
    this.#socket.send(Buffer.concat([this.#prefix, json, CLOSING_BRACE]), TEXT)
  }

  together(sends: () => void): void {
    this.#stream?.cork()
    sends()
    this.#stream?.uncork()
  }

  end(reason: EndReason): void {
    endSocket(this.#socket, reason)
  }
}

/** The sink of one operation on a socket over `stream`. */
export const socketSink = (socket: WebSocket, operationId: string, stream?: Corkable): Sink =>
  new SocketSink(socket, operationId, stream)

/** Closes a socket for a reason of END_REASONS. */
export function endSocket(socket: WebSocket, reason: EndReason): void {
  if (socket.readyState !== socket.OPEN) return
  const { closeCode, error } = END_REASONS[reason]
  closeSocket(socket, closeCode, error.message)
}

/** Closes a socket, and disconnects it when its peer does not answer the close. */
export function closeSocket(socket: WebSocket, code: number, reason: string): void {
  socket.close(code, reason)
  setTimeout(() => socket.terminate(), CLOSE_TIMEOUT_MS).unref()
}
