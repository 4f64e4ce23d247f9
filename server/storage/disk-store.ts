import { randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, open, rename, rm, writeFile } from 'node:fs/promises'
import { once } from 'node:events'
import { dirname, join } from 'node:path'
import { Disk } from 'flydrive'
import { FSDriver } from 'flydrive/drivers/fs'
import type { BlobStore } from './blob-store.ts'

/** flydrive writes in place, so a reader or a crash could find half a file. This driver writes a temporary file and renames it. */
class AtomicDriver extends FSDriver {
  readonly directory: string
  constructor(directory: string) {
    super({ location: directory, visibility: 'private' })
    this.directory = directory
  }

  override async put(key: string, contents: string | Uint8Array): Promise<void> {
    const path = join(this.directory, key)
    await mkdir(dirname(path), { recursive: true })
    const temporary = `${path}.${randomUUID()}`
    try {
      await writeFile(temporary, contents)
      await syncToDisk(temporary)
      await rename(temporary, path)
    } catch (error) {
      await rm(temporary, { force: true }).catch(() => {})
      throw error
    }
  }
}

/** Waits until the file would survive a power failure. */
async function syncToDisk(path: string): Promise<void> {
  const file = await open(path, 'r+')
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}

const isMissing = (error: unknown): boolean => {
  const { cause } = error as { cause?: { code?: string; message?: string } }
  return cause?.code === 'ENOENT' || cause?.code === 'ENOTDIR' || /of a directory/.test(cause?.message ?? '')
}

/** A blob store in a directory, which the first write creates. */
export function createDiskStore(directory: string): BlobStore {
  const disk = new Disk(new AtomicDriver(directory))
  return {
    put: (key, content) => disk.put(key, content),
    info: async (key) => {
      try {
        const { contentLength, lastModified } = await disk.getMetaData(key)
        return { size: contentLength, modifiedAt: lastModified }
      } catch (error) {
        if (isMissing(error)) return null
        throw error
      }
    },
    read: async (key, range) => {
      const stream = createReadStream(join(directory, key), range)
      await once(stream, 'open')
      return stream
    },
    delete: (key) => disk.delete(key),
    deleteFolder: (folder) => disk.deleteAll(folder),
  }
}
