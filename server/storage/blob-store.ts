import type { Readable } from 'node:stream'
import type { StorageConfig } from '../config.ts'

export type BlobInfo = { size: number; modifiedAt: Date }
/** Bytes from `start` to `end`, both included, as in RFC 9110 section 14. */
export type ByteRange = { start: number; end: number }

/**
 * Files by key. Writes are atomic. Keys of private content are unguessable. Every method throws BlobStoreError when the store
 * is full, unreachable or too slow.
 */
export type BlobStore = {
  /** Writes or replaces a file. */
  put: (key: string, content: Uint8Array) => Promise<void>
  /** Null when there is no such file. */
  info: (key: string) => Promise<BlobInfo | null>
  /** Opens a stream of the file or of a range. @throws BlobStoreError also when there is no such file. */
  read: (key: string, range?: ByteRange) => Promise<Readable>
  /** Deletes a file. A missing file is no error. */
  delete: (key: string) => Promise<void>
  /** Deletes every file of a folder. */
  deleteFolder: (folder: string) => Promise<void>
}

/** The store failed through no fault of the caller; `cause` is the reason. The operation may succeed later. */
export class BlobStoreError extends Error {
  constructor(operation: string, cause: unknown) {
    super(`The file store failed to ${operation}${cause instanceof Error ? `: ${cause.message}` : ''}`, { cause })
    this.name = 'BlobStoreError'
  }
}

// One or two plain segments with an extension, so that no key leads out of the store.
const KEY = /^[A-Za-z0-9_-]{1,128}(\/[A-Za-z0-9_-]{1,128})?\.[a-z0-9]{1,8}$/
const FOLDER = /^[A-Za-z0-9_-]{1,128}$/

/** Whether `key` has the form of a blob's key. */
export const isBlobKey = (key: string): boolean => KEY.test(key)

/** Opens the configured store. Its driver is loaded at the first operation. */
export function openBlobStore(config: StorageConfig): BlobStore {
  return guarded(async () => {
    if (config.kind === 'disk') return (await import('./disk-store.ts')).createDiskStore(config.directory)
    return (await import('./s3-store.ts')).createS3Store(config)
  })
}

/** Validates keys before a driver gets them, and wraps every failure of a driver in BlobStoreError. */
export function guarded(open: () => Promise<BlobStore>): BlobStore {
  let opening: Promise<BlobStore> | undefined
  const store = (): Promise<BlobStore> => (opening ??= open())
  const attempt = async <T>(what: string, work: (inner: BlobStore) => Promise<T>): Promise<T> => {
    try {
      return await work(await store())
    } catch (error) {
      throw new BlobStoreError(what, error)
    }
  }
  return {
    put: async (key, content) => {
      assertShape(KEY, key)
      await attempt('write', (inner) => inner.put(key, content))
    },
    info: async (key) => {
      assertShape(KEY, key)
      return attempt('look up', (inner) => inner.info(key))
    },
    read: async (key, range) => {
      assertShape(KEY, key)
      return attempt('read', (inner) => inner.read(key, range))
    },
    delete: async (key) => {
      assertShape(KEY, key)
      await attempt('delete', (inner) => inner.delete(key))
    },
    deleteFolder: async (folder) => {
      assertShape(FOLDER, folder)
      await attempt('delete', (inner) => inner.deleteFolder(folder))
    },
  }
}

function assertShape(shape: RegExp, key: string): void {
  if (!shape.test(key)) throw new TypeError('A blob key has a shape that this store does not accept')
}

/** Reads a whole file of at most `maxBytes`. @throws BlobStoreError, also when the file is larger or the stream breaks off. */
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
