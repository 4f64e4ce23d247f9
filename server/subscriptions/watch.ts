import type { Actor } from '../auth/actor.ts'
import type { Credentials } from '../auth/authenticate.ts'
import { credentialKey, type Authenticator } from '../auth/authenticator.ts'
import type { Logger } from '../logger.ts'

const EVERY_MS = 3_000

/** A connection with the credentials and actor that opened it; `onLost` runs when their permissions change. */
type Watched = { credentials: Credentials; actor: Actor | null; onLost: () => void }

export type ActorWatch = {
  /** Watches a connection until the returned function is called. */
  add: (watched: Watched) => () => void
  stop: () => void
}

/**
 * Checks whether open connections still have the permissions they were opened with: at once when a credential is revoked,
 * and every three seconds. Each credential is checked once a round.
 */
export function watchActors(authenticator: Authenticator, logger: Logger): ActorWatch {
  const connections = new Set<Watched>()
  let running = false
  let again = false

  const round = async (): Promise<void> => {
    // The running round may have checked a credential before it was revoked.
    if (running) return void (again = true)
    running = true
    again = false
    try {
      const rights = new Map<string, Promise<string>>()
      for (const { credentials, actor, onLost } of connections) {
        const credential = credentialKey(credentials)
        if (!credential) continue
        const key = `${credential}\n${credentials.lease ?? ''}`
        const now = rights.get(key) ?? authenticator.recheck(credentials).then(rightsOf)
        rights.set(key, now)
        if ((await now) !== rightsOf(actor)) onLost()
      }
    } catch (error) {
      // The database is away; the next round checks again.
      logger.debug({ err: error }, 'permissions of open connections could not be checked')
    } finally {
      running = false
    }
    if (again) await round()
  }
  const timer = setInterval(() => void round(), EVERY_MS)
  timer.unref()
  const unlisten = authenticator.onRevoked(() => void round())

  return {
    add: (watched) => {
      connections.add(watched)
      return () => void connections.delete(watched)
    },
    stop: () => {
      clearInterval(timer)
      unlisten()
    },
  }
}

const rightsOf = (actor: Actor | null): string =>
  actor ? `${actor.kind} ${actor.merchantId} ${[...actor.permissions].toSorted().join()}` : ''
