/** A key that makes asking twice do once. Not `randomUUID`, which browsers offer on https and localhost only. */
export function createIdempotencyKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
