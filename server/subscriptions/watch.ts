import type { Actor } from '../auth/actor.ts'
import type { Credentials } from '../auth/authenticate.ts'
import { credentialKey, type Authenticator } from '../auth/authenticator.ts'
import type { Logger } from '../logger.ts'

const EVERY_MS = 2_000
/** Credentials that are checked at the same time. */
const AT_ONCE = 50

/** A connection with the credentials and actor that opened it; `onLost` is called when their permissions change. */
export type Watched = { credentials: Credentials; actor: Actor | null; onLost: () => void }

export type ActorWatch = {
  /** Watches a connection until it is removed. */
  add: (watched: Watched) => void
  remove: (watched: Watched) => void
  stop: () => void
}

/**
 * Checks whether open connections still have the permissions they were opened with: those of a merchant at once when its
 * rights change, and all every two seconds, from the authenticator's cache. Each credential is checked once a round.
 */
export function watchActors(authenticator: Authenticator, logger: Logger): ActorWatch {
  /** Connections by credential, since many may share one. */
  const connections = new Map<string, Set<Watched>>()

  const checkOne = async (sharing: ReadonlySet<Watched>): Promise<void> => {
    const [first] = sharing
    if (!first) return
    const now = await authenticator.authenticate(first.credentials)
    for (const watched of sharing) {
      if (now === watched.actor) continue
      if (rightsOf(now) === rightsOf(watched.actor)) watched.actor = now
      else watched.onLost()
    }
  }
  const check = async (merchantId: string | null): Promise<void> => {
    const all = [...connections.values()].filter((sharing) => merchantId === null || isOf(merchantId, sharing))
    try {
      for (let at = 0; at < all.length; at += AT_ONCE) await Promise.all(all.slice(at, at + AT_ONCE).map(checkOne))
    } catch (error) {
      // The database is away; the next round checks again.
      logger.debug({ err: error }, 'permissions of open connections could not be checked')
    }
  }
  let running = false
  const timer = setInterval(() => {
    if (running) return
    running = true
    void check(null).finally(() => (running = false))
  }, EVERY_MS).unref()
  // A round that is under way may have checked a credential before its rights changed.
  const unlisten = authenticator.onChange((merchantId) => void check(merchantId))

  return {
    add: (watched) => {
      const key = keyOf(watched)
      const sharing = connections.get(key) ?? new Set()
      connections.set(key, sharing.add(watched))
    },
    remove: (watched) => {
      const key = keyOf(watched)
      const sharing = connections.get(key)
      if (sharing?.delete(watched) && sharing.size === 0) connections.delete(key)
    },
    stop: () => {
      clearInterval(timer)
      unlisten()
    },
  }
}

/** Credentials without any are those of anonymous peers, which have no rights to lose. */
const keyOf = ({ credentials }: Watched): string => `${credentialKey(credentials) ?? ''}\n${credentials.lease ?? ''}`

const isOf = (merchantId: string, [watched]: ReadonlySet<Watched> & Iterable<Watched>): boolean =>
  (watched?.actor?.merchantId ?? merchantId) === merchantId

const rightsOf = (actor: Actor | null): string =>
  actor ? `${actor.kind} ${actor.merchantId} ${[...actor.permissions].toSorted().join()}` : ''
