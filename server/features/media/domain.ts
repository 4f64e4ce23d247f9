import type { MediaOrigin, MediaStatus } from '../../generated/prisma/enums.ts'

/** What a picture may be as it comes. */
export const MEDIA_LIMITS = {
  bytes: 10 * 1024 * 1024,
  /** Width × height. A picture of this size takes 200 MB when decoded. */
  pixels: 50_000_000,
  altText: 500,
  fileName: 120,
} as const

/** WhatsApp's limit for an image: JPEG or PNG of 8 bits (Meta, "Media": supported types). */
export const WHATSAPP_BYTES = 5 * 1024 * 1024

export type PictureFormat = 'jpeg' | 'png' | 'webp'

export const CONTENT_TYPES: Record<PictureFormat, string> = {
  jpeg: 'image/jpeg',
  png: 'image/png',
  webp: 'image/webp',
}

/** Why a picture cannot be used, with the sentence people read. */
export const MEDIA_PROBLEMS = {
  EMPTY: 'The file is empty. Choose a picture and send it again.',
  TOO_LARGE: 'The file is larger than 10 MB. Save the picture smaller and send it again.',
  TOO_MANY_PIXELS: 'The picture has more than 50 megapixels. Scale it down and send it again.',
  UNSUPPORTED_FORMAT: 'Only JPEG, PNG and WebP pictures can be used. Save the picture as one of them.',
  DAMAGED: 'The picture is damaged and cannot be read to its end. Save it anew, or choose another.',
  GONE: 'WhatsApp no longer has the file. Ask the customer to send it again.',
  FETCH_FAILED: 'WhatsApp did not hand over the file after several attempts. Try again later.',
  PROCESSING_FAILED: 'The picture could not be processed. Try again, or choose another.',
} as const satisfies Record<string, string>

export type MediaProblem = keyof typeof MEDIA_PROBLEMS

const RETRIABLE: ReadonlySet<string> = new Set<MediaProblem>(['FETCH_FAILED', 'PROCESSING_FAILED'])

/** Whether another try may end better: never where the file itself is at fault. */
export const mayRetry = ({ status, failureCode }: { status: MediaStatus; failureCode: string | null }): boolean =>
  status === 'FAILED' && RETRIABLE.has(failureCode ?? '')

/** Where a try after a failure begins: what was never fetched is fetched, what lies in the store is processed. */
export const stateToRetry = ({ origin, originalKey }: { origin: MediaOrigin; originalKey: string | null }) =>
  originalKey ? 'PROCESSING' : origin === 'CUSTOMER' ? 'FETCHING' : null

const startsWith = (bytes: Uint8Array, signature: readonly number[], at = 0): boolean =>
  bytes.length >= at + signature.length && signature.every((byte, index) => bytes[at + index] === byte)

const ascii = (text: string): number[] => [...text].map((letter) => letter.charCodeAt(0))

/**
 * The format that the first bytes claim, whatever the file's name or declared type says; null for all others. JPEG: SOI and
 * a marker (ISO 10918-1 B.1.1.3); PNG: signature and IHDR (W3C PNG 5.2); WebP: RIFF container (RFC 9649 2.4).
 */
export function formatOf(bytes: Uint8Array): PictureFormat | null {
  if (startsWith(bytes, [0xff, 0xd8, 0xff])) return 'jpeg'
  if (startsWith(bytes, [0x89, ...ascii('PNG\r\n'), 0x1a, 0x0a]) && startsWith(bytes, ascii('IHDR'), 12)) return 'png'
  if (startsWith(bytes, ascii('RIFF')) && startsWith(bytes, ascii('WEBPVP8'), 8)) return 'webp'
  return null
}

export type Size = { width: number; height: number }
export const SIZES = { large: 1600, medium: 640, small: 256 } as const
export type SizeName = keyof typeof SIZES

/** The largest size of the same shape that fits into a square of `edge`; never larger than the picture is. */
export function fitInto({ width, height }: Size, edge: number): Size {
  const scale = Math.min(1, edge / Math.max(width, height))
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) }
}

/** Control characters, and those that turn the direction of text around so that a name reads as another. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu

/** A file's name for people: its last segment, without what cannot be seen, cut to length. Never used as a path. */
export function displayName(name: string): string {
  const last = name.split(/[/\\]/).at(-1) ?? ''
  const shown = last.replace(INVISIBLE, '').trim()
  return [...(/^\.*$/.test(shown) ? '' : shown)].slice(0, MEDIA_LIMITS.fileName).join('')
}

/** How long to wait before storage or WhatsApp is tried again, in ms: short at first, longer the longer it lasts. */
export const pauseAfter = (ageMs: number): number => Math.round(Math.min(600_000, Math.max(2_000, ageMs / 2)))
