import type { AppContext } from '../../context.ts'
import { mediaUrl } from '../../storage/media-urls.ts'
import type { ImageFormat } from './domain.ts'
import type { VariantFile } from './queries.ts'

export type MediaSize = 'SMALL' | 'MEDIUM' | 'LARGE' | 'WHATSAPP'
export type MediaFormat = 'WEBP' | 'JPEG'

const NAMES: Record<MediaSize, VariantFile['name']> = {
  SMALL: 'small',
  MEDIUM: 'medium',
  LARGE: 'large',
  WHATSAPP: 'whatsapp',
}
const FORMATS: Record<MediaFormat, ImageFormat> = { WEBP: 'webp', JPEG: 'jpeg' }

/** The file of an image in this size and format; WHATSAPP has one file for both formats. Null until the image is ready. */
export function variantFile(
  { variants }: { variants: readonly VariantFile[] },
  size: MediaSize,
  format: MediaFormat = 'WEBP',
): VariantFile | null {
  const name = NAMES[size]
  return variants.find((one) => one.name === name && (name === 'whatsapp' || one.format === FORMATS[format])) ?? null
}

/** Absolute URL of an image in this size, null until it is ready. The URL of a private image expires after one to two hours. */
export function mediaLink(
  { config }: Pick<AppContext, 'config'>,
  asset: { variants: readonly VariantFile[] },
  size: MediaSize,
  format?: MediaFormat,
): string | null {
  const file = variantFile(asset, size, format)
  return file && mediaUrl(config, file.key)
}
