import { randomUUID } from 'node:crypto'
import { mkdir, rm, statfs, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openBlobStore, readBlob } from '../storage/blob-store.ts'
import { type Check, fail, messageOf, ok, warn } from './check.ts'

const LITTLE = 1024 ** 3
const gigabytes = (bytes: number): string => `${(bytes / 1024 ** 3).toFixed(1)} GB`

export const dataDirCheck: Check = {
  name: 'data directory',
  quick: true,
  run: async ({ config }) => {
    const probe = join(config.dataDir, `.doctor-${randomUUID()}`)
    try {
      await mkdir(config.dataDir, { recursive: true })
      await writeFile(probe, 'probe')
      await rm(probe)
    } catch (error) {
      return [
        fail(`DATA_DIR (${config.dataDir}) cannot be written: ${messageOf(error)}. Give it to the user we run as.`),
      ]
    }
    const { bavail, bsize } = await statfs(config.dataDir)
    const free = bavail * bsize
    return [
      free < LITTLE
        ? warn(`only ${gigabytes(free)} are free on the disk of DATA_DIR: make room.`)
        : ok(`it can be written, and ${gigabytes(free)} are free`),
    ]
  },
}

export const storageCheck: Check = {
  name: 'images',
  quick: true,
  run: async ({ config }) => {
    const where = config.storage.kind === 's3' ? `the bucket ${config.storage.bucket}` : config.storage.directory
    const store = openBlobStore(config.storage)
    const key = `doctor-${randomUUID()}.txt`
    try {
      await store.put(key, Buffer.from('probe'))
      const read = (await readBlob(store, key, 100)).toString()
      await store.delete(key)
      return [read === 'probe' ? ok(`${where} takes and gives files`) : fail(`${where} gives back something else`)]
    } catch (error) {
      return [fail(`${where} cannot be used: ${messageOf(error)}. See "Images" in docs/operators.md.`)]
    }
  },
}
