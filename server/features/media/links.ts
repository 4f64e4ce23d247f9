import type { AppContext } from '../../context.ts'
import { addressOf } from '../../storage/addresses.ts'
import type { PictureFormat } from './domain.ts'
import type { VariantFile } from './queries.ts'

export type MediaSize = 'SMALL' | 'MEDIUM' | 'LARGE' | 'WHATSAPP'
export type MediaFormat = 'WEBP' | 'JPEG'

const NAMES: Record<MediaSize, VariantFile['name']> = {
  SMALL: 'small',
  MEDIUM: 'medium',
  LARGE: 'large',
  WHATSAPP: 'whatsapp',
}
const FORMATS: Record<MediaFormat, PictureFormat> = { WEBP: 'webp', JPEG: 'jpeg' }

/** The file of a picture in this size. There is one rendition for WhatsApp, whatever the format asked for. */
export function variantFile(
  { variants }: { variants: readonly VariantFile[] },
  size: MediaSize,
  format: MediaFormat = 'WEBP',
): VariantFile | null {
  const name = NAMES[size]
  return variants.find((one) => one.name === name && (name === 'whatsapp' || one.format === FORMATS[format])) ?? null
}

/** Absolute address of a picture in this size, null until it is ready. Of a private one it holds for one to two hours. */
export function mediaLink(
  { config }: Pick<AppContext, 'config'>,
  asset: { variants: readonly VariantFile[] },
  size: MediaSize,
  format?: MediaFormat,
): string | null {
  const file = variantFile(asset, size, format)
  return file && addressOf(config, file.key)
}
