/** A random idempotency key. Not `randomUUID`, which browsers only offer on https and localhost. */
export function createIdempotencyKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
