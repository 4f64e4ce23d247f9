import { isBusy, isCrowded, isTransient, isUnreachable } from './errors.ts'

export type Parts<Item> = {
  items: readonly Item[]
  /** Most items of a part, which share a transaction. */
  size: number
  /** Items with the same key stay in order: when one cannot be processed now, those after it are skipped too. */
  keyOf: (item: Item) => string
  /** Processes a part atomically: when it throws, none of its items is processed. */
  work: (part: readonly Item[]) => Promise<void>
  /** Called for an item that can never be processed; the others are processed without it. */
  refuse: (item: Item, error: unknown) => Promise<void>
}

/**
 * Processes lists of any size in parts that commit. A part that fails is halved until the failing item is alone. A part that
 * waited in vain for a lock is split into single items at once, because each half would wait as long again.
 *
 * @throws at once when the database is unreachable; or, after all other items, when a lock or a similar cause delayed an item.
 * In both cases the whole list may be processed again.
 */
export async function processInParts<Item>({ items, size, keyOf, work, refuse }: Parts<Item>): Promise<void> {
  const delayedKeys = new Set<string>()
  let delayedBy: unknown
  const processPart = async (part: readonly Item[]): Promise<void> => {
    const ready = delayedKeys.size === 0 ? part : part.filter((item) => !delayedKeys.has(keyOf(item)))
    const [first, second] = ready
    if (first === undefined) return
    try {
      await work(ready)
    } catch (error) {
      if (isUnreachable(error)) throw error
      if (second !== undefined && !isCrowded(error)) {
        const step = isBusy(error) ? 1 : Math.ceil(ready.length / 2)
        for (let from = 0; from < ready.length; from += step) await processPart(ready.slice(from, from + step))
      } else if (isBusy(error) || isTransient(error)) {
        for (const item of ready) delayedKeys.add(keyOf(item))
        delayedBy = error
      } else await refuse(first, error)
    }
  }
  for (let at = 0; at < items.length; at += size) await processPart(items.slice(at, at + size))
  if (delayedKeys.size > 0) throw delayedBy
}
