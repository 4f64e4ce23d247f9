import { isSigned, sign } from '../auth/sealing.ts'
import type { Config } from '../config.ts'

type Signing = Pick<Config, 'publicUrl' | 'secretKey'>

/** Folders of files that only a signed address opens begin with this. It is part of the key, so no look-up can be forgotten. */
export const PRIVATE_PREFIX = 'private-'

/** Whether a blob may be read only by an address signed for a while. */
export const isPrivateKey = (key: string): boolean => key.startsWith(PRIVATE_PREFIX)

const HOUR_MS = 3_600_000
const signedText = (key: string, expires: number): string => `${key}\n${expires}`

/**
 * The address a blob is read at. Public ones are for ever; private ones hold for one to two hours. The end is rounded to
 * the hour, so that asking again gives the same address and browsers load the picture once.
 */
export function addressOf({ publicUrl, secretKey }: Signing, key: string, now: number = Date.now()): string {
  const address = `${publicUrl}/media/${key}`
  if (!isPrivateKey(key)) return address
  const expires = Math.ceil((now + HOUR_MS) / HOUR_MS) * (HOUR_MS / 1000)
  return `${address}?expires=${expires}&signature=${sign(secretKey, 'media-link', signedText(key, expires))}`
}

/** Whether `query` opens the private blob `key` now: `forged` when it never did, `expired` when it no longer does. */
export function judgeAddress(
  { secretKey }: Pick<Signing, 'secretKey'>,
  key: string,
  { expires, signature }: { expires?: unknown; signature?: unknown },
  now: number = Date.now(),
): 'opens' | 'expired' | 'forged' {
  if (typeof expires !== 'string' || typeof signature !== 'string' || !/^\d{1,12}$/.test(expires)) return 'forged'
  if (!isSigned(secretKey, 'media-link', signedText(key, Number(expires)), signature)) return 'forged'
  return Number(expires) * 1000 > now ? 'opens' : 'expired'
}
