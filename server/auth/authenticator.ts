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

/**
 * Equal for credentials that say the same, null for none. All parts count: an Authorization header that is no key of ours,
 * as a proxy's password is, says nothing about whose session comes with it.
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
    // The oldest makes room: a caller who invents credentials does not have everybody's forgotten at once.
    memory.delete(key)
    if (memory.size >= CAPACITY) memory.delete(memory.keys().next().value ?? '')
    const actor = identify(credentials)
    const entry = { actor, until: Date.now() + REMEMBER_MS }
    memory.set(key, entry)
    actor.then(
      (known) => {
        // Nor do credentials of nobody stay: there is no end of them.
        if (!known) memory.delete(key)
        // No secret is remembered beyond its own end.
        else if (known.kind === 'API_KEY' && known.endsAt) entry.until = Math.min(entry.until, known.endsAt.getTime())
      },
      () => memory.delete(key),
    )
    return actor
  }
  // A lease changes hands within moments: it is never remembered.
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
      // Requests have lost whatever a socket has lost.
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
