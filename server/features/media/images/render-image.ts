import { fitInto, MEDIA_LIMITS, SIZES, WHATSAPP_BYTES, type ImageFormat, type Size, type SizeName } from '../domain.ts'
import { MediaRefusedError } from '../problems.ts'
import { loadSharp } from './sharp.ts'

/** A rendition of an image. Renditions with the same `content` buffer are stored once. */
export type Rendition = Size & { name: SizeName | 'whatsapp'; format: ImageFormat; content: Buffer }
export type Rendered = {
  files: Rendition[]
  /** A tiny image as a `data:` URL. */
  placeholder: string
}

/** Pixels in sRGB, 8 bits a channel, 3 channels or 4. */
type Pixels = Size & { data: Buffer; channels: 3 | 4 }

const TIMEOUT_SECONDS = 20
const WEBP = { quality: 80, effort: 2 } as const
const JPEG = { quality: 82 } as const
const PLACEHOLDER_EDGE = 16
/** Edges in pixels, tried until the file has at most 5 MB. WhatsApp shows images about 1600 pixels wide. */
const WHATSAPP_EDGES = [1600, 1280, 960, 640, 320] as const

/**
 * Renders all files of an image. The original is decoded once, upright and in sRGB; every smaller size is made from the next
 * larger one, which takes two thirds of the time of making each from the original. Metadata, such as location and author, is
 * dropped. An animation is reduced to its first frame.
 *
 * @param onStep called after each size with the finished share, 0 to 1
 * @throws MediaRefusedError DAMAGED when the image cannot be decoded completely, PROCESSING_FAILED when decoding exceeds 20
 * seconds.
 */
export async function renderImage(
  original: Buffer,
  { onStep = async () => {} }: { onStep?: (share: number) => Promise<void> } = {},
): Promise<Rendered> {
  const large = await decode(original)
  await onStep(0.3)
  const medium = await shrink(large, SIZES.medium)
  const small = await shrink(medium, SIZES.small)
  const files: Rendition[] = []
  const levels = [
    ['large', large],
    ['medium', medium],
    ['small', small],
  ] as const
  let previous: { pixels: Pixels; webp: Buffer; jpeg: Buffer } | undefined
  for (const [index, [name, pixels]] of levels.entries()) {
    // An image smaller than the size is not enlarged: its files are reused.
    const encoded =
      previous?.pixels === pixels
        ? previous
        : { pixels, webp: await encode(pixels, 'webp'), jpeg: await encode(pixels, 'jpeg') }
    previous = encoded
    const { width, height } = pixels
    files.push({ name, format: 'webp', width, height, content: encoded.webp })
    files.push({ name, format: 'jpeg', width, height, content: encoded.jpeg })
    await onStep(0.6 + index * 0.15)
  }
  files.push(await renderForWhatsapp(large, files.find((file) => file.format === 'jpeg') as Rendition))
  return { files, placeholder: await renderPlaceholder(small) }
}

async function decode(original: Buffer): Promise<Pixels> {
  const sharp = await loadSharp()
  try {
    // `inspectImage` checks the size that the header declares; sharp enforces the same limit when it decodes.
    const { data, info } = await sharp(original, { limitInputPixels: MEDIA_LIMITS.pixels, failOn: 'error', pages: 1 })
      .timeout({ seconds: TIMEOUT_SECONDS })
      .autoOrient()
      .resize({ width: SIZES.large, height: SIZES.large, fit: 'inside', withoutEnlargement: true })
      .toColourspace('srgb')
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true })
    return dropOpaqueAlpha({ data, ...info })
  } catch (cause) {
    const timedOut = cause instanceof Error && /timeout/i.test(cause.message)
    throw new MediaRefusedError(timedOut ? 'PROCESSING_FAILED' : 'DAMAGED', { cause })
  }
}

/** Converts grey to colour and drops a fully opaque alpha channel, which makes files smaller. */
async function dropOpaqueAlpha({
  data,
  width,
  height,
  channels,
}: Size & { data: Buffer; channels: 1 | 2 | 3 | 4 }): Promise<Pixels> {
  if (channels === 3) return { data, width, height, channels }
  const transparent = channels % 2 === 0 && hasTransparentPixel(data, channels)
  if (channels === 4 && transparent) return { data, width, height, channels }
  const sharp = await loadSharp()
  const image = sharp(data, { raw: { width, height, channels } }).toColourspace('srgb')
  const raw = await (transparent ? image : image.removeAlpha()).raw().toBuffer({ resolveWithObject: true })
  return { data: raw.data, width, height, channels: raw.info.channels as 3 | 4 }
}

function hasTransparentPixel(data: Buffer, channels: number): boolean {
  for (let at = channels - 1; at < data.length; at += channels) if (data[at] !== 255) return true
  return false
}

async function shrink(pixels: Pixels, edge: number): Promise<Pixels> {
  const { width, height } = fitInto(pixels, edge)
  if (width === pixels.width && height === pixels.height) return pixels
  const sharp = await loadSharp()
  const data = await sharp(pixels.data, { raw: pixels }).resize({ width, height, fit: 'fill' }).raw().toBuffer()
  return { data, width, height, channels: pixels.channels }
}

async function encode(pixels: Pixels, format: ImageFormat): Promise<Buffer> {
  const sharp = await loadSharp()
  const image = sharp(pixels.data, { raw: pixels }).timeout({ seconds: TIMEOUT_SECONDS })
  if (format === 'webp') return image.webp(WEBP).toBuffer()
  if (format === 'png') return image.png({ compressionLevel: 6 }).toBuffer()
  return image.flatten({ background: '#ffffff' }).jpeg(JPEG).toBuffer()
}

/** JPEG, or PNG for an image with transparency, of at most 5 MB. @throws MediaRefusedError PROCESSING_FAILED if none fits. */
async function renderForWhatsapp(large: Pixels, jpeg: Rendition): Promise<Rendition> {
  if (large.channels === 3 && jpeg.content.length <= WHATSAPP_BYTES) return { ...jpeg, name: 'whatsapp' }
  const format = large.channels === 4 ? 'png' : 'jpeg'
  for (const edge of WHATSAPP_EDGES) {
    const pixels = await shrink(large, edge)
    const content = await encode(pixels, format)
    const { width, height } = pixels
    if (content.length <= WHATSAPP_BYTES) return { name: 'whatsapp', format, width, height, content }
  }
  throw new MediaRefusedError('PROCESSING_FAILED')
}

async function renderPlaceholder(small: Pixels): Promise<string> {
  const tiny = await shrink(small, PLACEHOLDER_EDGE)
  const sharp = await loadSharp()
  const content = await sharp(tiny.data, { raw: tiny }).webp({ quality: 30, alphaQuality: 30, effort: 2 }).toBuffer()
  return `data:image/webp;base64,${content.toString('base64')}`
}
