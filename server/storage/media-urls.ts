import { isSigned, sign } from '../auth/sealing.ts'
import type { Config } from '../config.ts'

type Signing = Pick<Config, 'publicUrl' | 'secretKey'>

/** Prefix of folders whose files need a signed URL. It is part of the key, so that no lookup can be forgotten. */
export const PRIVATE_PREFIX = 'private-'

/** Whether a blob can be read by a signed URL only. */
export const isPrivateKey = (key: string): boolean => key.startsWith(PRIVATE_PREFIX)

const HOUR_MS = 3_600_000
const signedText = (key: string, expires: number): string => `${key}\n${expires}`

/**
 * The URL of a blob. A public one never expires; a private one is signed and expires after one to two hours. The expiry is
 * rounded to the hour, so that repeated calls return the same URL and browsers cache the image.
 */
export function mediaUrl({ publicUrl, secretKey }: Signing, key: string, now: number = Date.now()): string {
  const address = `${publicUrl}/media/${key}`
  if (!isPrivateKey(key)) return address
  const expires = Math.ceil((now + HOUR_MS) / HOUR_MS) * (HOUR_MS / 1000)
  return `${address}?expires=${expires}&signature=${sign(secretKey, 'media-link', signedText(key, expires))}`
}

/** Checks the query of a private blob's URL: `forged` when its signature is invalid, `expired` when it was valid. */
export function verifyMediaUrl(
  { secretKey }: Pick<Signing, 'secretKey'>,
  key: string,
  { expires, signature }: { expires?: unknown; signature?: unknown },
  now: number = Date.now(),
): 'valid' | 'expired' | 'forged' {
  if (typeof expires !== 'string' || typeof signature !== 'string' || !/^\d{1,12}$/.test(expires)) return 'forged'
  if (!isSigned(secretKey, 'media-link', signedText(key, Number(expires)), signature)) return 'forged'
  return Number(expires) * 1000 > now ? 'valid' : 'expired'
}
