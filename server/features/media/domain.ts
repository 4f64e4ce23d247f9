import type { MediaOrigin, MediaStatus } from '../../generated/prisma/enums.ts'

/** Limits of an incoming file. `bytes` in bytes, `pixels` as width × height, texts in characters. */
export const MEDIA_LIMITS = {
  bytes: 10 * 1024 * 1024,
  /** A decoded image of this size needs 200 MB. */
  pixels: 50_000_000,
  altText: 500,
  fileName: 120,
} as const

/** WhatsApp's limit for an image: JPEG or PNG of 8 bits (Meta, "Media": supported types). */
export const WHATSAPP_BYTES = 5 * 1024 * 1024

export type ImageFormat = 'jpeg' | 'png' | 'webp'

export const CONTENT_TYPES: Record<ImageFormat, string> = {
  jpeg: 'image/jpeg',
  png: 'image/png',
  webp: 'image/webp',
}

/** Reasons why an image cannot be used, with their messages for people. */
export const MEDIA_PROBLEMS = {
  EMPTY: 'The file is empty. Choose an image and send it again.',
  TOO_LARGE: 'The file is larger than 10 MB. Save the image in a smaller size and send it again.',
  TOO_MANY_PIXELS: 'The image has more than 50 megapixels. Scale it down and send it again.',
  UNSUPPORTED_FORMAT: 'Only JPEG, PNG and WebP images can be used. Save the image in one of these formats.',
  DAMAGED: 'The image is damaged and cannot be read completely. Save it again, or choose another.',
  GONE: 'WhatsApp no longer has the file. Ask the customer to send it again.',
  FETCH_FAILED: 'WhatsApp did not deliver the file after several attempts. Try again later.',
  PROCESSING_FAILED: 'The image could not be processed. Try again, or choose another.',
} as const satisfies Record<string, string>

export type MediaProblem = keyof typeof MEDIA_PROBLEMS

const RETRIABLE: ReadonlySet<string> = new Set<MediaProblem>(['FETCH_FAILED', 'PROCESSING_FAILED'])

/** Whether a retry may succeed; false when the file itself is unusable. */
export const mayRetry = ({ status, failureCode }: { status: MediaStatus; failureCode: string | null }): boolean =>
  status === 'FAILED' && RETRIABLE.has(failureCode ?? '')

/**
 * The status in which a retry starts: PROCESSING when the original is stored, FETCHING for a customer's image without it, and
 * null for an upload without it, which cannot be retried.
 */
export const retryStatus = ({ origin, originalKey }: { origin: MediaOrigin; originalKey: string | null }) =>
  originalKey ? 'PROCESSING' : origin === 'CUSTOMER' ? 'FETCHING' : null

const startsWith = (bytes: Uint8Array, signature: readonly number[], at = 0): boolean =>
  bytes.length >= at + signature.length && signature.every((byte, index) => bytes[at + index] === byte)

const ascii = (text: string): number[] => [...text].map((letter) => letter.charCodeAt(0))

/**
 * Detects the format from the first bytes, regardless of the file's name or declared type; null for other formats. JPEG: SOI
 * and a marker (ISO 10918-1 B.1.1.3); PNG: signature and IHDR (W3C PNG 5.2); WebP: RIFF container (RFC 9649 2.4).
 */
export function formatOf(bytes: Uint8Array): ImageFormat | null {
  if (startsWith(bytes, [0xff, 0xd8, 0xff])) return 'jpeg'
  if (startsWith(bytes, [0x89, ...ascii('PNG\r\n'), 0x1a, 0x0a]) && startsWith(bytes, ascii('IHDR'), 12)) return 'png'
  if (startsWith(bytes, ascii('RIFF')) && startsWith(bytes, ascii('WEBPVP8'), 8)) return 'webp'
  return null
}

export type Size = { width: number; height: number }
export const SIZES = { large: 1600, medium: 640, small: 256 } as const
export type SizeName = keyof typeof SIZES

/** The largest size of the same shape that fits into a square of `edge`; never larger than the image itself. */
export function fitInto({ width, height }: Size, edge: number): Size {
  const scale = Math.min(1, edge / Math.max(width, height))
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) }
}

/** Control characters, and characters that change the direction of text and so disguise a name. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu

/** A file's display name: its last segment without invisible characters, cut to MEDIA_LIMITS.fileName. Never used as a path. */
export function displayName(name: string): string {
  const last = name.split(/[/\\]/).at(-1) ?? ''
  const visible = last.replace(INVISIBLE, '').trim()
  return [...(/^\.*$/.test(visible) ? '' : visible)].slice(0, MEDIA_LIMITS.fileName).join('')
}

/** Delay in ms before a worker retries storage or WhatsApp: half the age of the image, from two seconds to ten minutes. */
export const mediaRetryDelay = (ageMs: number): number => Math.round(Math.min(600_000, Math.max(2_000, ageMs / 2)))
