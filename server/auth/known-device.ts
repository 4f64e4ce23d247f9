import { randomBytes } from 'node:crypto'
import { isSigned, sign } from './sealing.ts'

// After "Slow Down Online Guessing Attacks with Device Cookies" (OWASP): what strangers do to an account does not keep
// out the devices it knows.
const DAYS = 180

/** A device that has signed in to an account, as its cookie tells. */
export type KnownDevice = { id: string; cookie: string; value: string; expiresAt: Date }

/** Each account has a cookie of its own, since several people may use one browser. The name does not tell the address. */
export const deviceCookie = (secretKey: string, account: string): string =>
  `storeline_device_${sign(secretKey, 'known-device', `cookie ${account}`).replace(/\W/g, '').slice(0, 12)}`

/** A cookie that makes a device known to the account from now on: a new one, or the one it was known as. */
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

/** The device's id, when its cookie was made by us for this very account and has not expired; otherwise null. */
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
