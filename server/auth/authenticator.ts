import type { AppContext } from '../context.ts'
import type { Actor } from './actor.ts'
import { actOnLease, authenticate, type Credentials } from './authenticate.ts'

/** Remembers who a credential belongs to for a moment, and forgets at once when one is revoked. */
export type Authenticator = AsyncDisposable & {
  authenticate: (credentials: Credentials) => Promise<Actor | null>
  /** The same, never from memory: for checking open sockets again. */
  recheck: (credentials: Credentials) => Promise<Actor | null>
  /** Calls back when some credential was revoked. */
  onRevoked: (listener: () => void) => () => void
}

const REMEMBER_MS = 2_000
const CAPACITY = 5_000

export async function createAuthenticator(app: AppContext): Promise<Authenticator> {
  const memory = new Map<string, { actor: Promise<Actor | null>; until: number }>()
  const listeners = new Set<() => void>()
  const unsubscribe = await app.pubsub.subscribe('revoked', 'all', () => {
    memory.clear()
    for (const listener of listeners) listener()
  })
  const remembered = (credentials: Credentials): Promise<Actor | null> => {
    const key = credentials.authorization ?? credentials.sessionToken
    if (!key) return Promise.resolve(null)
    const found = memory.get(key)
    if (found && found.until > Date.now()) return found.actor
    if (memory.size >= CAPACITY) memory.clear()
    const actor = authenticate(app, credentials)
    memory.set(key, { actor, until: Date.now() + REMEMBER_MS })
    actor.catch(() => memory.delete(key))
    return actor
  }
  return {
    authenticate: async (credentials) => {
      const actor = await remembered(credentials)
      // A lease changes hands within moments: it is never remembered.
      return actor?.kind === 'IDLE_BOT' && credentials.lease ? actOnLease(app, actor, credentials.lease) : actor
    },
    recheck: (credentials) => authenticate(app, credentials),
    onRevoked: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    [Symbol.asyncDispose]: async () => unsubscribe(),
  }
}
