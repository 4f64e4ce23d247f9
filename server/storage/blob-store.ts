import type { Readable } from 'node:stream'
import type { StorageConfig } from '../config.ts'

export type BlobInfo = { size: number; modifiedAt: Date }
/** Bytes from `start` to `end`, both included, as in RFC 9110 section 14. */
export type ByteRange = { start: number; end: number }

/**
 * Files by key. A write appears whole or not at all. Keys are unguessable where the content is not meant for everybody.
 * Every method throws BlobStoreError when the store is full, out of reach or too slow.
 */
export type BlobStore = {
  /** Writes or replaces a file. */
  put: (key: string, content: Uint8Array) => Promise<void>
  /** Null when there is no such file. */
  info: (key: string) => Promise<BlobInfo | null>
  /** A stream of the file, or of a part of it. @throws BlobStoreError also when there is no such file. */
  read: (key: string, range?: ByteRange) => Promise<Readable>
  /** Deletes a file; one that is not there is as good as deleted. */
  delete: (key: string) => Promise<void>
  /** Deletes all files of a folder, known by name or not. */
  deleteFolder: (folder: string) => Promise<void>
}

/** The store did not do what was asked, through no fault of the caller: `cause` says why. The same may work later. */
export class BlobStoreError extends Error {
  constructor(doing: string, cause: unknown) {
    super(`The file store failed to ${doing}${cause instanceof Error ? `: ${cause.message}` : ''}`, { cause })
    this.name = 'BlobStoreError'
  }
}

// One or two plain segments with an extension: nothing in a key can climb out of the store.
const KEY = /^[A-Za-z0-9_-]{1,128}(\/[A-Za-z0-9_-]{1,128})?\.[a-z0-9]{1,8}$/
const FOLDER = /^[A-Za-z0-9_-]{1,128}$/

/** Whether `key` may name a blob at all. */
export const isBlobKey = (key: string): boolean => KEY.test(key)

/** The store the configuration asks for. Its driver is loaded with the first file. */
export function openBlobStore(config: StorageConfig): BlobStore {
  return guarded(async () => {
    if (config.kind === 'disk') return (await import('./disk-store.ts')).createDiskStore(config.directory)
    return (await import('./s3-store.ts')).createS3Store(config)
  })
}

/** Checks keys before a driver sees them, and gives every failure of a driver one shape. */
export function guarded(open: () => Promise<BlobStore>): BlobStore {
  let opening: Promise<BlobStore> | undefined
  const store = (): Promise<BlobStore> => (opening ??= open())
  const doing = async <T>(what: string, work: (inner: BlobStore) => Promise<T>): Promise<T> => {
    try {
      return await work(await store())
    } catch (error) {
      throw new BlobStoreError(what, error)
    }
  }
  return {
    put: async (key, content) => {
      assertShape(KEY, key)
      await doing('write', (inner) => inner.put(key, content))
    },
    info: async (key) => {
      assertShape(KEY, key)
      return doing('look up', (inner) => inner.info(key))
    },
    read: async (key, range) => {
      assertShape(KEY, key)
      return doing('read', (inner) => inner.read(key, range))
    },
    delete: async (key) => {
      assertShape(KEY, key)
      await doing('delete', (inner) => inner.delete(key))
    },
    deleteFolder: async (folder) => {
      assertShape(FOLDER, folder)
      await doing('delete', (inner) => inner.deleteFolder(folder))
    },
  }
}

function assertShape(shape: RegExp, key: string): void {
  if (!shape.test(key)) throw new TypeError('A blob key has a shape this store does not accept')
}

/** The whole of a file, at most `maxBytes`. @throws BlobStoreError, also when it is larger or breaks off. */
export async function readBlob(store: BlobStore, key: string, maxBytes: number): Promise<Buffer> {
  const stream = await store.read(key)
  const chunks: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      size += chunk.length
      if (size > maxBytes) throw new Error(`the file is larger than ${maxBytes} bytes`)
      chunks.push(chunk)
    }
  } catch (error) {
    throw new BlobStoreError('read', error)
  } finally {
    stream.destroy()
  }
  return Buffer.concat(chunks)
}
