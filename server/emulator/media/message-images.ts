import { request } from 'undici'

import { imageBytes, type MediaStore, sniffImage } from './media-store.ts'
import type { ChatMessage } from '../state/model.ts'

type ImageFile = { mimeType: string; bytes: Buffer }

/** Meta caches a linked file for ten minutes. */
const cacheMs = 10 * 60_000
const cachedImages = 100

/**
 * Images of messages for the phone page. The emulator fetches linked images, as Meta does, so the page itself contacts no
 * other server.
 */
export function createMessageImages(media: MediaStore) {
  const cache = new Map<string, { at: number; image: ImageFile }>()

  async function fetchLink(link: string): Promise<ImageFile | undefined> {
    const cached = cache.get(link)
    if (cached && Date.now() - cached.at < cacheMs) return cached.image
    const response = await request(link, { signal: AbortSignal.timeout(5_000) })
    const chunks: Buffer[] = []
    let size = 0
    for await (const chunk of response.body as AsyncIterable<Buffer>) {
      size += chunk.length
      if (size > imageBytes) return undefined
      chunks.push(chunk)
    }
    const bytes = Buffer.concat(chunks)
    const mimeType = sniffImage(bytes)
    if (response.statusCode !== 200 || mimeType === undefined) return undefined
    cache.set(link, { at: Date.now(), image: { mimeType, bytes } })
    const oldest = cache.keys().next().value
    if (cache.size > cachedImages && oldest !== undefined) cache.delete(oldest)
    return { mimeType, bytes }
  }

  /** Undefined when the message has no image, or the image cannot be fetched. */
  return async function imageOf(message: ChatMessage): Promise<ImageFile | undefined> {
    const { body } = message
    const source = body.kind === 'image' || body.kind === 'buttons' || body.kind === 'template' ? body.image : undefined
    if (source?.mediaId !== undefined) return media.get(source.mediaId)
    if (source?.link === undefined) return undefined
    return fetchLink(source.link).catch(() => undefined)
  }
}
