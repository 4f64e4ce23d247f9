import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'

const COOKIE = 'storeline_emulator'
const HOURS = 12

/** Admits people and programs that act as customers and reviewers: on the phone page, its socket and the control API. */
export type EmulatorAccess = {
  /** Whether a request carries the secret as a bearer token, or the cookie of a signed-in browser. */
  isAdmitted: (headers: IncomingHttpHeaders) => boolean
  /** The `set-cookie` that admits a browser for twelve hours, or null when `secret` is wrong. */
  admit: (secret: string) => string | null
}

/** Without a secret every request is admitted, which is safe only on a developer's machine. */
export function createEmulatorAccess(
  secret: string | null,
  { secure = false, now = Date.now }: { secure?: boolean; now?: () => number } = {},
): EmulatorAccess {
  const sign = (expires: string) =>
    createHmac('sha256', secret ?? '')
      .update(`${COOKIE} ${expires}`)
      .digest('base64url')
  const isValidCookie = (cookie: string): boolean => {
    const [expires = '', signature = ''] = cookie.split('.')
    return isEqualInConstantTime(signature, sign(expires)) && Number(expires) > now()
  }
  return {
    isAdmitted: (headers) => {
      if (secret === null) return true
      const bearer = /^Bearer (.+)$/i.exec(headers.authorization ?? '')?.[1]
      return bearer !== undefined ? isEqualInConstantTime(bearer, secret) : isValidCookie(cookieOf(headers))
    },
    admit: (given) => {
      if (secret === null || !isEqualInConstantTime(given, secret)) return null
      const expires = String(now() + HOURS * 3600_000)
      const attributes = `Path=/; Max-Age=${HOURS * 3600}; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}`
      return `${COOKIE}=${expires}.${sign(expires)}; ${attributes}`
    },
  }
}

/** Compares in constant time, whatever the lengths of the two texts. */
export function isEqualInConstantTime(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(a), digest(b))
}

function cookieOf({ cookie = '' }: IncomingHttpHeaders): string {
  const pair = cookie.split(';').find((part) => part.trim().startsWith(`${COOKIE}=`))
  return pair?.trim().slice(COOKIE.length + 1) ?? ''
}
