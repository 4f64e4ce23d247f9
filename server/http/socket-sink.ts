import type { ExecutionResult } from 'graphql'
import type { WebSocket } from 'ws'
import { END_REASONS, type EndReason } from '../subscriptions/end-reasons.ts'
import type { Sink } from '../subscriptions/sink.ts'
import type { Subscription } from '../subscriptions/subscriptions.ts'

/** A peer that does not read will not answer the close either. */
const UNANSWERED_MS = 5_000
const CLOSING_BRACE = Buffer.from('}')

/** An operation of a socket as where answers go: only the operation's id stands before the bytes that all are sent. */
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

/** Closes a socket, and cuts it off when its peer does not answer that. */
export function endSocket(socket: WebSocket, reason: EndReason): void {
  if (socket.readyState !== socket.OPEN) return
  const { closeCode, error } = END_REASONS[reason]
  closeSocket(socket, closeCode, error.message)
}

/** Closes a socket with a code and words of its own, and cuts it off likewise. */
export function closeSocket(socket: WebSocket, code: number, reason: string): void {
  socket.close(code, reason)
  setTimeout(() => socket.terminate(), UNANSWERED_MS).unref()
}

/**
 * A subscription as graphql-ws wants it: an iterator that yields nothing, since answers go to the sink, and ends with the
 * subscription.
 */
export function silentIterator(subscription: Subscription, sink: Sink): AsyncGenerator<ExecutionResult, void> {
  const over = { value: undefined, done: true } as const
  const stop = async () => {
    subscription.stop()
    return over
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

/** An iterator that fails at once, which graphql-ws tells as an error message. */
// eslint-disable-next-line require-yield
export async function* failedIterator(error: unknown): AsyncGenerator<never, void> {
  throw error
}
