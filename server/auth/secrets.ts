import { createHash, randomBytes } from 'node:crypto'

/** A secret of 256 random bits in base64url. */
export const randomSecret = (): string => randomBytes(32).toString('base64url')

/**
 * The hash under which a secret is stored. A fast hash suffices because the secret is random and long, unlike a password;
 * a lookup by this hash leaks nothing through timing.
 */
export const hashSecret = (secret: string): Buffer => createHash('sha256').update(secret).digest()
