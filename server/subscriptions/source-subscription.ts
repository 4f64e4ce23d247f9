import type { ExecutionResult } from 'graphql'
import { sendPayload, waitUntilDrained, type Sink, type Transport } from './sink.ts'
import type { Place, Subscription } from './subscription.ts'

/**
 * A subscription that executes and sends each value of an iterator. The iterator is advanced only as fast as the peer reads, so
 * that it can merge pending values.
 */
export function subscribeToSource(
  source: AsyncIterable<unknown>,
  execute: (value: unknown) => ExecutionResult | Promise<ExecutionResult>,
  { slot, running }: Place,
): Subscription {
  const iterator = source[Symbol.asyncIterator]()
  let stop = () => {}
  const stopped = new Promise<void>((done) => (stop = done))
  const follow = async (sink: Sink): Promise<void> => {
    for (let next = await iterator.next(); !next.done; next = await iterator.next()) {
      sendPayload(sink, Buffer.from(JSON.stringify(await execute(next.value))))
      await waitUntilDrained(sink)
    }
  }
  let transport: Transport | undefined
  const subscription: Subscription = {
    kind: 'other',
    get transport() {
      return transport
    },
    run: async (sink) => {
      transport = sink.transport
      running.add(subscription)
      try {
        await Promise.race([follow(sink), stopped])
      } finally {
        subscription.stop()
      }
    },
    stop: () => {
      running.delete(subscription)
      slot[Symbol.dispose]()
      iterator.return?.()?.catch(() => {})
      stop()
    },
  }
  return subscription
}
