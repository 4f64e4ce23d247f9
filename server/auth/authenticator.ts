import type { AppContext } from '../context.ts'
import type { Actor, BotActor, IdleBotActor } from './actor.ts'
import { authenticate, type Credentials } from './authenticate.ts'
import type { ChangeListener } from './changes.ts'
import { createUseRecorder } from './last-used.ts'
import { parseLease, type Lease } from './lease.ts'
import { createMerchantCache } from './merchant-cache.ts'

/** Finds the turn that a lease holds at this moment. */
export type TurnFinder = (
  app: AppContext,
  lease: Lease,
) => Promise<Pick<BotActor, 'conversationId' | 'customerId'> | null>

/** Caches the actors of credentials; a change of their merchant ends them (merchant-cache.ts). */
export type Authenticator = AsyncDisposable & {
  authenticate: (credentials: Credentials) => Promise<Actor | null>
  /** Calls the listener whenever rights may have changed. Returns the function that removes it. */
  onChange: (listener: ChangeListener) => () => void
}

const CAPACITY = 20_000

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
  const cache = createMerchantCache<Actor | null>(app.changes, {
    capacity: CAPACITY,
    // No secret is cached beyond its expiry.
    belonging: (actor) => ({ merchantId: actor.merchantId, endsAt: 'endsAt' in actor ? actor.endsAt : null }),
  })
  const used = createUseRecorder(app)
  const cached = async (credentials: Credentials): Promise<Actor | null> => {
    const key = credentialKey(credentials)
    if (!key) return null
    const actor = await cache.get(key, () => authenticate(app, credentials))
    if (actor?.kind === 'API_KEY') used.record(actor)
    return actor
  }
  // A lease may pass to another bot at any moment: it is never cached.
  const onTurn = async (actor: Actor | null, leaseText: string): Promise<Actor | null> => {
    const lease = actor?.kind === 'IDLE_BOT' ? parseLease(leaseText) : null
    const turn = lease && (await findHeldTurn(app, lease))
    if (!lease || !turn) return actor
    return { ...(actor as IdleBotActor), kind: 'BOT', merchantId: lease.merchantId, turnId: lease.turnId, ...turn }
  }
  return {
    authenticate: async (credentials) => {
      const actor = await cached(credentials)
      return credentials.lease ? onTurn(actor, credentials.lease) : actor
    },
    onChange: app.changes.onChange,
    [Symbol.asyncDispose]: async () => {
      cache[Symbol.dispose]()
      await used[Symbol.asyncDispose]()
    },
  }
}
