/** The native code of argon2 takes 10 MB: a process loads it once somebody signs in. */
const argon2 = () => import('@node-rs/argon2')

// OWASP's first recommendation for argon2id: m = 19 MiB, t = 2, p = 1 (Password Storage Cheat Sheet).
const options = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }

export const hashPassword = async (password: string): Promise<string> => (await argon2()).hash(password, options)

let decoy: Promise<string> | undefined

/** Checks a password. Without a stored hash it takes as long and answers false, so that timing does not reveal accounts. */
export async function verifyPassword(stored: string | undefined, password: string): Promise<boolean> {
  decoy ??= hashPassword('a password nobody has')
  const { verify } = await argon2()
  const matches = await verify(stored ?? (await decoy), password)
  return stored !== undefined && matches
}
