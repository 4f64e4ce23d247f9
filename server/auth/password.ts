import { hash, verify } from '@node-rs/argon2'

// OWASP's first recommendation for argon2id: m = 19 MiB, t = 2, p = 1 (Password Storage Cheat Sheet).
const options = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }

export const hashPassword = (password: string): Promise<string> => hash(password, options)

let decoy: Promise<string> | undefined

/** Checks a password. Without a stored hash it takes as long and answers false, so that timing does not reveal accounts. */
export async function verifyPassword(stored: string | undefined, password: string): Promise<boolean> {
  decoy ??= hashPassword('a password nobody has')
  const matches = await verify(stored ?? (await decoy), password)
  return stored !== undefined && matches
}
