import { isBusy, isCrowded, isTransient, isUnreachable } from './errors.ts'

export type Parts<Item> = {
  items: readonly Item[]
  /** Items that share a transaction at most. */
  size: number
  /** Items of one key stay in order: when one cannot be done now, those after it are left as well. */
  keyOf: (item: Item) => string
  /** Does all of a part or, when it throws, nothing of it. */
  work: (part: readonly Item[]) => Promise<void>
  /** Gets what can never be done as it is; the others go in without it. */
  refuse: (item: Item, error: unknown) => Promise<void>
}

/**
 * Does outside-sized lists in parts that commit. A part that fails is halved until the item at fault is alone; where waiting
 * made it fail, it is taken apart at once, for each half would wait as long again.
 *
 * @throws when the database is away, at once; or, after all others are done, when something held an item up, such as a lock.
 * In both cases the whole list may be done again.
 */
export async function doInParts<Item>({ items, size, keyOf, work, refuse }: Parts<Item>): Promise<void> {
  const heldUp = new Set<string>()
  let heldUpBy: unknown
  const doPart = async (part: readonly Item[]): Promise<void> => {
    const ready = heldUp.size === 0 ? part : part.filter((item) => !heldUp.has(keyOf(item)))
    const [first, second] = ready
    if (first === undefined) return
    try {
      await work(ready)
    } catch (error) {
      if (isUnreachable(error)) throw error
      if (second !== undefined && !isCrowded(error)) {
        const step = isBusy(error) ? 1 : Math.ceil(ready.length / 2)
        for (let from = 0; from < ready.length; from += step) await doPart(ready.slice(from, from + step))
      } else if (isBusy(error) || isTransient(error)) {
        for (const item of ready) heldUp.add(keyOf(item))
        heldUpBy = error
      } else await refuse(first, error)
    }
  }
  for (let at = 0; at < items.length; at += size) await doPart(items.slice(at, at + size))
  if (heldUp.size > 0) throw heldUpBy
}
