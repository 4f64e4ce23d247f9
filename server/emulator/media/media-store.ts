import { createHash } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

export type Media = { id: string; mimeType: string; sha256: string; bytes: Buffer }

/** Meta's size limit of an image. */
export const imageBytes = 5 * 1024 * 1024
const maxCacheBytes = 64 * 1024 * 1024
type ImageType = 'image/jpeg' | 'image/png' | 'image/webp'

/** The image type of the bytes, detected from their signature and never from a declared type; undefined for others. */
export function sniffImage(bytes: Buffer): ImageType | undefined {
  if (bytes.subarray(0, 3).equals(Buffer.from([0xff, 0xd8, 0xff]))) return 'image/jpeg'
  if (bytes.subarray(0, 8).equals(Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]))) return 'image/png'
  const riff = bytes.subarray(0, 4).toString('latin1') === 'RIFF'
  return riff && bytes.subarray(8, 12).toString('latin1') === 'WEBP' ? 'image/webp' : undefined
}

/** Files of customers and uploads of the shop: in memory up to 64 MB, and in a folder if one is given. */
export function createMedia(options: { folder?: string | undefined; nextId: () => string }) {
  const cache = new Map<string, Media>()
  let size = 0
  if (options.folder !== undefined) mkdirSync(options.folder, { recursive: true })
  const path = (id: string): string => join(options.folder!, id)

  function addToCache(id: string, bytes: Buffer): Media {
    const sha256 = createHash('sha256').update(bytes).digest('base64')
    const media = { id, mimeType: sniffImage(bytes) ?? 'application/octet-stream', sha256, bytes }
    cache.set(id, media)
    size += bytes.length
    for (const [oldest, old] of cache) {
      if (size <= maxCacheBytes) break
      cache.delete(oldest)
      size -= old.bytes.length
    }
    return media
  }

  return {
    async add(bytes: Buffer): Promise<Media> {
      const media = addToCache(options.nextId(), bytes)
      if (options.folder !== undefined) await writeFile(path(media.id), bytes, { mode: 0o600 })
      return media
    },
    async get(id: string): Promise<Media | undefined> {
      const found = cache.get(id)
      if (found !== undefined || options.folder === undefined || !/^\d{1,32}$/.test(id)) return found
      try {
        return addToCache(id, await readFile(path(id)))
      } catch {
        return undefined
      }
    },
    clear(): void {
      cache.clear()
      size = 0
    },
  }
}
export type MediaStore = ReturnType<typeof createMedia>
