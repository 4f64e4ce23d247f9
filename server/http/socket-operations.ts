import type { ExecutionResult } from 'graphql'
import { CloseCode, MessageType, parseMessage, type Message } from 'graphql-ws'
import type { Sink } from '../subscriptions/sink.ts'
import type { Subscription } from '../subscriptions/subscription.ts'
import type { Peer } from './socket-peer.ts'

const ENDED = { value: undefined, done: true } as const

/** An iterator that yields nothing, as graphql-ws requires one of a subscription; payloads go to the sink. */
function silentIterator(subscription: Subscription, next: () => Promise<void>): AsyncGenerator<ExecutionResult, void> {
  const stop = async () => {
    subscription.stop()
    return ENDED
  }
  return {
    next: async () => {
      await next()
      return ENDED
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

/** The iterator of a subscription that graphql-ws completes; it ends with the subscription. */
export const iterateWhole = (subscription: Subscription, sink: Sink): AsyncGenerator<ExecutionResult, void> =>
  silentIterator(subscription, async () => {
    if (sink.isOpen()) await subscription.run(sink)
    subscription.stop()
  })

/**
 * The iterator of a subscription of the log. graphql-ws would keep async frames of three kilobytes as long as it iterates. So
 * the iterator ends at once, and `detach` makes the subscription an operation of its peer, of which graphql-ws knows nothing.
 */
export const detachFromIterator = (
  subscription: Subscription,
  sink: Sink,
  detach: () => void,
): AsyncGenerator<ExecutionResult, void> =>
  silentIterator(subscription, async () => {
    detach()
    void subscription.run(sink)
  })

/** An iterator that fails at once, so that graphql-ws sends an error message. */
// eslint-disable-next-line require-yield
export async function* failedIterator(error: unknown): AsyncGenerator<never, void> {
  throw error
}

/** Handles a message that is about an operation of the peer as graphql-ws would; any other is left to graphql-ws. */
export async function receiveMessage(peer: Peer, text: string): Promise<void> {
  const message = peer.operations.length > 0 ? tryParse(text) : null
  const isOwn = message && 'id' in message && peer.operations.some(({ id }) => id === message.id)
  if (!isOwn) return await peer.handle(text)
  if (message.type === MessageType.Complete) peer.removeOperation(message.id)
  if (message.type === MessageType.Subscribe)
    peer.close(CloseCode.SubscriberAlreadyExists, `Subscriber for ${message.id} already exists`)
}

/** Null for a message that violates the protocol, which graphql-ws refuses. */
function tryParse(text: string): Message | null {
  try {
    return parseMessage(text)
  } catch {
    return null
  }
}
