import type { ExecutionResult } from 'graphql'
import type { WebSocket } from 'ws'
import { END_REASONS, type EndReason } from '../subscriptions/end-reasons.ts'
import type { Sink } from '../subscriptions/sink.ts'
import type { Subscription } from '../subscriptions/subscriptions.ts'

/** Time after which a peer that has not answered the close is disconnected. */
const CLOSE_TIMEOUT_MS = 5_000
const CLOSING_BRACE = Buffer.from('}')

/** The sink of one operation on a socket. It prepends the operation's id to the payload that all subscribers share. */
export function socketSink(socket: WebSocket, operationId: string): Sink {
  const prefix = Buffer.from(`{"id":${JSON.stringify(operationId)},"type":"next","payload":`)
  return {
    transport: 'websocket',
    isOpen: () => socket.readyState === socket.OPEN,
    buffered: () => socket.bufferedAmount,
    send: (json) => socket.send(Buffer.concat([prefix, json, CLOSING_BRACE]), { binary: false, compress: false }),
    end: (reason) => endSocket(socket, reason),
  }
}

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

/**
 * The iterator that graphql-ws requires of a subscription. It yields nothing, since payloads go to the sink, and ends with
 * the subscription.
 */
export function silentIterator(subscription: Subscription, sink: Sink): AsyncGenerator<ExecutionResult, void> {
  const ended = { value: undefined, done: true } as const
  const stop = async () => {
    subscription.stop()
    return ended
  }
  return {
    next: async () => {
      if (sink.isOpen()) await subscription.run(sink)
      return stop()
    },
    return: stop,
    throw: async (error) => {
      subscription.stop()
      throw error
    },
    [Symbol.asyncIterator]() {
      return this
    },
    [Symbol.asyncDispose]: async () => subscription.stop(),
  }
}

/** An iterator that fails at once, so that graphql-ws sends an error message. */
// eslint-disable-next-line require-yield
export async function* failedIterator(error: unknown): AsyncGenerator<never, void> {
  throw error
}
