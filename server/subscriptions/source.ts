import type { ExecutionResult } from 'graphql'
import { sendPayload, waitUntilDrained, type Sink } from './sink.ts'

/**
 * Sends what an iterator yields, each answer executed by itself. An iterator is asked for no more than its peer reads, so it
 * keeps or merges what waits.
 */
export function followSource(source: AsyncIterable<unknown>, execute: (value: unknown) => Promise<ExecutionResult>) {
  const iterator = source[Symbol.asyncIterator]()
  return {
    follow: async (sink: Sink): Promise<void> => {
      for (let next = await iterator.next(); !next.done; next = await iterator.next()) {
        sendPayload(sink, Buffer.from(JSON.stringify(await execute(next.value))))
        await waitUntilDrained(sink)
      }
    },
    leave: (): void => void iterator.return?.()?.catch(() => {}),
  }
}
