import { CONTENT_TYPES, formatOf, MEDIA_LIMITS } from '../domain.ts'
import { MediaRefusedError } from '../problems.ts'
import { loadSharp } from './sharp.ts'

/** Type and size of an image, read from its bytes. `width` and `height` in pixels, upright. */
export type Inspected = { contentType: string; width: number; height: number }

/**
 * Checks a file by its content alone, without decoding it: its signature must be of an allowed format, libvips must read the
 * same format from its header, and the header must not exceed MEDIA_LIMITS.
 *
 * @throws MediaRefusedError.
 */
export async function inspectImage(bytes: Buffer): Promise<Inspected> {
  if (bytes.length === 0) throw new MediaRefusedError('EMPTY')
  if (bytes.length > MEDIA_LIMITS.bytes) throw new MediaRefusedError('TOO_LARGE')
  const format = formatOf(bytes)
  if (!format) throw new MediaRefusedError('UNSUPPORTED_FORMAT')
  const sharp = await loadSharp()
  const header = await sharp(bytes, { limitInputPixels: false, failOn: 'error', pages: 1 })
    .metadata()
    .catch((cause: unknown) => {
      throw new MediaRefusedError('DAMAGED', { cause })
    })
  if (header.format !== format) throw new MediaRefusedError('UNSUPPORTED_FORMAT')
  const { width, height } = header.autoOrient
  if (!(width > 0 && height > 0)) throw new MediaRefusedError('DAMAGED')
  if (width * height > MEDIA_LIMITS.pixels) throw new MediaRefusedError('TOO_MANY_PIXELS')
  return { contentType: CONTENT_TYPES[format], width, height }
}
