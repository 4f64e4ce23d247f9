import { isSigned, sign } from '../../../auth/sealing.ts'

export const SIGNATURE_HEADER = 'storeline-sandbox-signature'

/** Tolerated clock difference; an older signature may be a replay. */
const TOLERANCE_MS = 5 * 60_000

const signed = (seconds: number, body: string): string => `${seconds}.${body}`

/** The header for a body sent at `now` (ms): `t=<seconds>,v1=<HMAC-SHA256 over "seconds.body">`. */
export function signatureHeader(secretKey: string, body: string, now: number): string {
  const seconds = Math.floor(now / 1000)
  return `t=${seconds},v1=${sign(secretKey, 'payment-sandbox', signed(seconds, body))}`
}

/** The time at which the body was signed, or null when the header is not its signature. */
export function readSignature(
  secretKey: string,
  raw: Buffer,
  header: string | string[] | undefined,
): { seconds: number } | null {
  const match = typeof header === 'string' ? /^t=(\d{1,12}),v1=([\w-]{1,100})$/.exec(header) : null
  if (!match?.[1] || !match[2]) return null
  const seconds = Number(match[1])
  return isSigned(secretKey, 'payment-sandbox', signed(seconds, raw.toString('utf8')), match[2]) ? { seconds } : null
}

export const isFresh = ({ seconds }: { seconds: number }, now: number): boolean =>
  Math.abs(now - seconds * 1000) <= TOLERANCE_MS
