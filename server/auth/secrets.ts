import { createHash, randomBytes } from 'node:crypto'

/** 256 random bits; nothing weaker is ever handed out. */
export const randomSecret = (): string => randomBytes(32).toString('base64url')

/**
 * What is stored of a secret. A fast hash is enough because the secret is random and long, unlike a password; looking it
 * up by this hash also leaks nothing through timing.
 */
export const hashSecret = (secret: string): Buffer => createHash('sha256').update(secret).digest()
