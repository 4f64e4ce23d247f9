import { BlobStoreError, type BlobStore } from '../../server/storage/blob-store.ts'

export type FaultyStorage = BlobStore & {
  /** Lets so many calls of these methods succeed, then fails all until told otherwise. */
  failAfter: (calls: number, ...methods: (keyof BlobStore)[]) => void
  heal: () => void
  /** Every call, in order, as `method key`. */
  calls: string[]
}

/** The store, with failures where a test wants them. */
export function faultyStorage(store: BlobStore): FaultyStorage {
  let left = Number.POSITIVE_INFINITY
  let failing: readonly (keyof BlobStore)[] = []
  const calls: string[] = []
  const judge = (method: keyof BlobStore, key: string): void => {
    calls.push(`${method} ${key}`)
    if (failing.includes(method) && left-- <= 0) throw new BlobStoreError(method, new Error('no space left on device'))
  }
  return {
    calls,
    failAfter: (count, ...methods) => {
      left = count
      failing = methods
    },
    heal: () => {
      failing = []
    },
    put: async (key, content) => {
      judge('put', key)
      await store.put(key, content)
    },
    info: async (key) => {
      judge('info', key)
      return store.info(key)
    },
    read: async (key, range) => {
      judge('read', key)
      return store.read(key, range)
    },
    delete: async (key) => {
      judge('delete', key)
      await store.delete(key)
    },
    deleteFolder: async (folder) => {
      judge('deleteFolder', folder)
      await store.deleteFolder(folder)
    },
  }
}
