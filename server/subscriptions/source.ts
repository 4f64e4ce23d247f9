import type { ExecutionResult } from 'graphql'
import { sendPayload, waitUntilDrained, type Sink } from './sink.ts'

/**
 * Executes and sends each value of an iterator. The iterator is advanced only as fast as the peer reads, so that it can merge
 * pending values.
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
