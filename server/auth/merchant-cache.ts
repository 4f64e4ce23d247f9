import type { MerchantChanges } from './changes.ts'

/** The merchant that a value belongs to, and the time at which it ends by itself. */
export type Belonging = { merchantId: string | null; endsAt?: Date | null | undefined }

/** A cache of rights or settings by a key. */
export type MerchantCache<Value> = Disposable & {
  /** The cached value, or what `load` finds. Callers at the same time share one load; null and failures are not cached. */
  get: (key: string, load: () => Promise<Value>) => Promise<Value>
  /** The cached value, without loading it. */
  peek: (key: string) => NonNullable<Value> | undefined
  /** The number of entries. */
  size: () => number
}

/** Lifetime while the changes of merchants are known, and without that. */
const LONG_MS = 60_000
const SHORT_MS = 2_000

type Entry<Value> = {
  promise: Promise<Value>
  /** Undefined until it is loaded. */
  value: NonNullable<Value> | undefined
  merchantId: string | null
  loadedAt: number
  endsAt: number
}

/**
 * Caches values until their merchant changes, for at most a minute. A change that no signal reports ends an entry within
 * three seconds (changes.ts). Values of no merchant, and all while the changes cannot be read, are cached for two seconds.
 * Of more than `capacity` entries the least recently used goes.
 */
export function createMerchantCache<Value>(
  changes: Pick<MerchantChanges, 'isCurrent' | 'onChange'>,
  { capacity, belonging }: { capacity: number; belonging: (value: NonNullable<Value>) => Belonging },
): MerchantCache<Value> {
  /** The least recently used first. */
  const entries = new Map<string, Entry<Value>>()

  const isUsable = ({ value, merchantId, loadedAt, endsAt }: Entry<Value>): boolean => {
    if (value === undefined) return true
    const now = Date.now()
    if (now >= endsAt) return false
    const age = now - loadedAt
    return age < SHORT_MS || (age < LONG_MS && merchantId !== null && changes.isCurrent())
  }
  const usable = (key: string): Entry<Value> | undefined => {
    const entry = entries.get(key)
    if (!entry) return undefined
    entries.delete(key)
    if (!isUsable(entry)) return undefined
    entries.set(key, entry)
    return entry
  }
  // A load that is under way may have read what was there before the change.
  const unlisten = changes.onChange((merchantId) => {
    for (const [key, entry] of entries)
      if (merchantId === null || entry.value === undefined || entry.merchantId === merchantId) entries.delete(key)
  })

  return {
    get: (key, load) => {
      const known = usable(key)
      if (known) return known.promise
      if (entries.size >= capacity) entries.delete(entries.keys().next().value as string)
      const promise = load()
      const entry: Entry<Value> = {
        promise,
        value: undefined,
        merchantId: null,
        loadedAt: Date.now(),
        endsAt: Infinity,
      }
      entries.set(key, entry)
      const forget = () => void (entries.get(key) === entry && entries.delete(key))
      promise.then((value) => {
        if (value === null || value === undefined) return forget()
        const { merchantId, endsAt } = belonging(value)
        Object.assign(entry, { value, merchantId, endsAt: endsAt?.getTime() ?? Infinity })
      }, forget)
      return promise
    },
    peek: (key) => usable(key)?.value,
    size: () => entries.size,
    [Symbol.dispose]: unlisten,
  }
}
