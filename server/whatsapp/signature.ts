import { createHmac, timingSafeEqual } from 'node:crypto'

const prefix = 'sha256='

/** The value of `X-Hub-Signature-256` for these exact body bytes. */
export function signBody(raw: Buffer | string, appSecret: string): string {
  return prefix + createHmac('sha256', appSecret).update(raw).digest('hex')
}

/**
 * Whether Meta signed these exact bytes with our app secret (Meta, "Webhooks: validate payloads"). Constant time; false
 * for a missing header, another scheme, or a wrong length. Verify the signature before parsing the body.
 */
export function verifySignature(raw: Buffer, header: string | undefined, appSecret: string): boolean {
  if (header === undefined || appSecret === '' || !/^sha256=[0-9a-f]{64}$/i.test(header)) return false
  const expected = createHmac('sha256', appSecret).update(raw).digest()
  return timingSafeEqual(expected, Buffer.from(header.slice(prefix.length), 'hex'))
}
