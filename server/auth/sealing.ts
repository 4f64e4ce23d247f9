import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto'

/** The purpose of a derived key: no key serves two purposes. */
type Purpose = 'webhook-secret' | 'media-link' | 'payment-sandbox' | 'key-id' | 'known-device' | 'attempt'

const keys = new Map<string, Buffer>()

function keyFor(secretKey: string, purpose: Purpose): Buffer {
  const id = `${purpose} ${secretKey}`
  const known = keys.get(id)
  if (known) return known
  const key = Buffer.from(hkdfSync('sha256', secretKey, 'storeline', purpose, 32))
  keys.set(id, key)
  return key
}

/** An identifier of the secret key that may be stored: the key cannot be derived from it, and no other key is. */
export const keyIdOf = (secretKey: string): Buffer => keyFor(secretKey, 'key-id')

const NONCE = 12
const TAG = 16

/** Encrypts a secret that must be read again (AES-256-GCM). It is bound to `owner`, so that it cannot be moved to another row. */
export function seal(secretKey: string, purpose: Purpose, owner: string, text: string): Buffer<ArrayBuffer> {
  const nonce = randomBytes(NONCE)
  const cipher = createCipheriv('aes-256-gcm', keyFor(secretKey, purpose), nonce, { authTagLength: TAG })
  cipher.setAAD(Buffer.from(owner))
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
  return Buffer.concat([nonce, cipher.getAuthTag(), sealed])
}

/** Decrypts it. @throws Error when it was sealed with another secret key or for another owner, or was altered. */
export function unseal(secretKey: string, purpose: Purpose, owner: string, sealed: Uint8Array): string {
  const bytes = Buffer.from(sealed)
  // Without the length Node accepts a tag cut to four bytes, which can be guessed (NIST SP 800-38D, appendix C).
  const options = { authTagLength: TAG }
  const decipher = createDecipheriv('aes-256-gcm', keyFor(secretKey, purpose), bytes.subarray(0, NONCE), options)
    .setAAD(Buffer.from(owner))
    .setAuthTag(bytes.subarray(NONCE, NONCE + TAG))
  return Buffer.concat([decipher.update(bytes.subarray(NONCE + TAG)), decipher.final()]).toString('utf8')
}

/** HMAC-SHA256 of `text` in base64url, for signed links and the payment sandbox. */
export const sign = (secretKey: string, purpose: Purpose, text: string): string =>
  createHmac('sha256', keyFor(secretKey, purpose)).update(text).digest('base64url')

/** Compares in constant time. */
export function isSigned(secretKey: string, purpose: Purpose, text: string, signature: string): boolean {
  const expected = Buffer.from(sign(secretKey, purpose, text))
  const given = Buffer.from(signature)
  return expected.length === given.length && timingSafeEqual(expected, given)
}
