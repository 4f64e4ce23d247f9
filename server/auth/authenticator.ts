import type { AppContext } from '../context.ts'
import type { Actor, BotActor, IdleBotActor } from './actor.ts'
import { authenticate, type Credentials } from './authenticate.ts'
import { createUseRecorder } from './last-used.ts'
import { parseLease, type Lease } from './lease.ts'

/** Finds the turn that a lease holds at this moment. */
export type TurnFinder = (
  app: AppContext,
  lease: Lease,
) => Promise<Pick<BotActor, 'conversationId' | 'customerId'> | null>

/** Caches the actor of a credential for two seconds; a revocation empties the cache at once. */
export type Authenticator = AsyncDisposable & {
  authenticate: (credentials: Credentials) => Promise<Actor | null>
  /** The same past the cache, for the periodic check of open connections. */
  recheck: (credentials: Credentials) => Promise<Actor | null>
  /** Calls the listener whenever a credential is revoked. Answers the function that removes it. */
  onRevoked: (listener: () => void) => () => void
}

const REMEMBER_MS = 2_000
const CAPACITY = 5_000

/**
 * The cache key of credentials; null without any. It holds all parts: an Authorization header that is no key of ours, such
 * as a proxy's password, does not identify the session beside it.
 */
export function credentialKey({ authorization, sessionToken }: Credentials): string | null {
  return authorization || sessionToken ? `${authorization ?? ''}\n${sessionToken ?? ''}` : null
}

/** @param findHeldTurn without it the bot is idle whatever lease it shows */
export async function createAuthenticator(
  app: AppContext,
  findHeldTurn: TurnFinder = async () => null,
): Promise<Authenticator> {
  const memory = new Map<string, { actor: Promise<Actor | null>; until: number }>()
  const used = createUseRecorder(app)
  const listeners = new Set<() => void>()
  const unsubscribe = await app.pubsub.subscribe('revoked', 'all', () => {
    memory.clear()
    for (const listener of listeners) listener()
  })
  const identify = async (credentials: Credentials): Promise<Actor | null> => {
    const actor = await authenticate(app, credentials)
    if (actor?.kind === 'API_KEY') used.record(actor)
    return actor
  }
  const remembered = (credentials: Credentials): Promise<Actor | null> => {
    const key = credentialKey(credentials)
    if (!key) return Promise.resolve(null)
    const found = memory.get(key)
    if (found && found.until > Date.now()) return found.actor
    // The oldest entry makes room, so that a caller who invents credentials does not empty the cache at once.
    memory.delete(key)
    if (memory.size >= CAPACITY) memory.delete(memory.keys().next().value ?? '')
    const actor = identify(credentials)
    const entry = { actor, until: Date.now() + REMEMBER_MS }
    memory.set(key, entry)
    actor.then(
      (known) => {
        // Unknown credentials are not cached: there is no end of them.
        if (!known) memory.delete(key)
        // No secret is cached beyond its expiry.
        else if (known.kind === 'API_KEY' && known.endsAt) entry.until = Math.min(entry.until, known.endsAt.getTime())
      },
      () => memory.delete(key),
    )
    return actor
  }
  // A lease may pass to another bot at any moment: it is never cached.
  const onTurn = async (actor: Actor | null, leaseText: string | undefined): Promise<Actor | null> => {
    const lease = actor?.kind === 'IDLE_BOT' && leaseText ? parseLease(leaseText) : null
    const turn = lease && (await findHeldTurn(app, lease))
    if (!lease || !turn) return actor
    return { ...(actor as IdleBotActor), kind: 'BOT', merchantId: lease.merchantId, turnId: lease.turnId, ...turn }
  }
  return {
    authenticate: async (credentials) => onTurn(await remembered(credentials), credentials.lease),
    recheck: async (credentials) => {
      const actor = await identify(credentials)
      // Requests with the same credentials lose access together with the socket.
      if (!actor) memory.delete(credentialKey(credentials) ?? '')
      return onTurn(actor, credentials.lease)
    },
    onRevoked: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    [Symbol.asyncDispose]: async () => {
      unsubscribe()
      await used[Symbol.asyncDispose]()
    },
  }
}
