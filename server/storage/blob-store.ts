import { createReadStream } from 'node:fs'
import { mkdir, rename, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { randomUUID } from 'node:crypto'
import type { Readable } from 'node:stream'
import type { StorageConfig } from '../config.ts'

export type BlobInfo = { size: number; modifiedAt: Date }

/** Files by key. Keys are unguessable where the content is not meant for everybody. */
export type BlobStore = {
  put: (key: string, content: Uint8Array) => Promise<void>
  info: (key: string) => Promise<BlobInfo | null>
  read: (key: string) => Readable
}

// One or two plain segments with an extension: nothing in a key can climb out of the store.
const KEY = /^[A-Za-z0-9_-]{1,128}(\/[A-Za-z0-9_-]{1,128})?\.[a-z0-9]{1,8}$/

/** Whether `key` may name a blob at all. */
export const isBlobKey = (key: string): boolean => KEY.test(key)

/** The store the configuration asks for. */
export function openBlobStore(config: StorageConfig): BlobStore {
  if (config.kind === 'disk') return createDiskStore(config.directory)
  throw new Error('S3 is not spoken yet')
}

/** A blob store in a directory. Writes appear whole or not at all. */
export function createDiskStore(directory: string): BlobStore {
  const pathOf = (key: string): string => {
    if (!isBlobKey(key)) throw new Error('A blob key has a shape this store does not accept')
    return join(directory, key)
  }
  return {
    put: async (key, content) => {
      const path = pathOf(key)
      await mkdir(dirname(path), { recursive: true })
      const draft = `${path}.${randomUUID()}`
      await writeFile(draft, content)
      await rename(draft, path)
    },
    info: async (key) => {
      const found = await stat(pathOf(key)).catch(() => null)
      return found?.isFile() ? { size: found.size, modifiedAt: found.mtime } : null
    },
    read: (key) => createReadStream(pathOf(key)),
  }
}
