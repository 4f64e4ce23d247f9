import type { FeedItem } from '../events/feed.ts'

export type PayloadBounds = { items: number; bytes: number }

/** How much of a group's past is kept for those who catch up. The answers to one document can be large, and a caller may have many. */
const BOUNDS: PayloadBounds = { items: 512, bytes: 8 * 1024 * 1024 }

type Entry = { payload: Promise<Buffer>; bytes: number }

/**
 * Makes each item's payload once for all who need it about the same time. A failure is not remembered: it passes, and the
 * next one who needs the item has it made anew.
 */
export function rememberPayloads(make: (item: FeedItem) => Promise<Buffer>, bounds: PayloadBounds = BOUNDS) {
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
    const entry: Entry = { payload: make(item), bytes: 0 }
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
