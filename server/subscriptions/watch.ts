import type { Actor } from '../auth/actor.ts'
import type { Credentials } from '../auth/authenticate.ts'
import { credentialKey, type Authenticator } from '../auth/authenticator.ts'
import type { Logger } from '../logger.ts'

const EVERY_MS = 3_000

/** A connection as it was opened: by whom, and what happens when they lose their rights. */
type Watched = { credentials: Credentials; actor: Actor | null; onLost: () => void }

export type ActorWatch = {
  /** Watches a connection until the function returned is called. */
  add: (watched: Watched) => () => void
  stop: () => void
}

/**
 * Checks again and again whether open connections still have the rights they were opened with, each credential once a
 * round: at once when something is revoked, every three seconds otherwise.
 */
export function watchActors(authenticator: Authenticator, logger: Logger): ActorWatch {
  const connections = new Set<Watched>()
  let running = false
  let again = false

  const round = async (): Promise<void> => {
    // A credential revoked meanwhile may have been looked at already.
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
      // The database is away: rights are checked again in the next round.
      logger.debug({ err: error }, 'rights of open connections could not be checked')
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
