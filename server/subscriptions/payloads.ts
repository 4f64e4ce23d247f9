import type { FeedItem } from '../events/feed.ts'

export type PayloadBounds = { items: number; bytes: number }

/** Limits of the payloads that a group keeps for subscribers who catch up. Payloads can be large, and a caller may have many groups. */
const BOUNDS: PayloadBounds = { items: 512, bytes: 8 * 1024 * 1024 }

type Entry = { payload: Promise<Buffer>; bytes: number }

/**
 * Caches the payload of each item for all subscribers who need it at about the same time. A failure is not cached: the next
 * subscriber who needs the item tries again. A failed payload that no subscriber waits for is no unhandled rejection.
 */
export function cachePayloads(make: (item: FeedItem) => Buffer | Promise<Buffer>, bounds: PayloadBounds = BOUNDS) {
  /** The oldest first. */
  const entries = new Map<number | string, Entry>()
  let bytes = 0

  const forget = (key: number | string, entry: Entry): void => {
    if (entries.get(key) !== entry) return
    entries.delete(key)
    bytes -= entry.bytes
  }
  const makeRoom = (): void => {
    for (const [key, entry] of entries) {
      if (entries.size <= bounds.items && bytes <= bounds.bytes) return
      forget(key, entry)
    }
  }

  return (item: FeedItem): Promise<Buffer> => {
    const key = item.kind === 'event' ? item.event.sequence : `${item.cause} ${item.sequence}`
    const known = entries.get(key)
    if (known) return known.payload
    const entry: Entry = { payload: promiseOf(() => make(item)), bytes: 0 }
    entries.set(key, entry)
    entry.payload.then(
      ({ length }) => {
        if (entries.get(key) !== entry) return
        entry.bytes = length
        bytes += length
        makeRoom()
      },
      () => forget(key, entry),
    )
    makeRoom()
    return entry.payload
  }
}

/** Unlike an async function, it makes no promise of a promise. */
function promiseOf<T>(work: () => T | Promise<T>): Promise<T> {
  try {
    return Promise.resolve(work())
  } catch (error) {
    return Promise.reject(error as Error)
  }
}
