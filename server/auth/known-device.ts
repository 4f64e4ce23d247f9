import { randomBytes } from 'node:crypto'
import { isSigned, sign } from './sealing.ts'

// After "Slow Down Online Guessing Attacks with Device Cookies" (OWASP): attacks by strangers do not lock out the known
// devices of an account.
const DAYS = 180

/** A device that has signed in to an account, identified by a signed cookie. */
export type KnownDevice = { id: string; cookie: string; value: string; expiresAt: Date }

/** The name of an account's cookie: one per account, since several people may share a browser, and without the address in it. */
export const deviceCookie = (secretKey: string, account: string): string =>
  `storeline_device_${sign(secretKey, 'known-device', `cookie ${account}`).replace(/\W/g, '').slice(0, 12)}`

/** Issues the cookie that makes a device known to the account; `known` keeps the id of a device that is known already. */
export function rememberDevice(
  secretKey: string,
  account: string,
  known: string | null,
  now = new Date(),
): KnownDevice {
  const id = known ?? randomBytes(16).toString('base64url')
  const expiresAt = new Date(now.getTime() + DAYS * 24 * 3600 * 1000)
  const claim = `${id}.${expiresAt.getTime().toString(36)}`
  const value = `${claim}.${sign(secretKey, 'known-device', `${account} ${claim}`)}`
  return { id, cookie: deviceCookie(secretKey, account), value, expiresAt }
}

/** The id of the device; null when the cookie was not signed here for this account, or has expired. */
export function recogniseDevice(
  secretKey: string,
  account: string,
  value: string | undefined,
  now = new Date(),
): string | null {
  const [id = '', expires = '', signature = ''] = (value ?? '').slice(0, 256).split('.')
  if (!id || !isSigned(secretKey, 'known-device', `${account} ${id}.${expires}`, signature)) return null
  return Number.parseInt(expires, 36) > now.getTime() ? id : null
}
