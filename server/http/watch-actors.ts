import type { WebSocket } from 'ws'
import type { Actor } from '../auth/actor.ts'
import type { Credentials } from '../auth/authenticate.ts'
import { credentialKey, type Authenticator } from '../auth/authenticator.ts'
import type { Logger } from '../logger.ts'

const EVERY_MS = 3_000

type Watched = { credentials: Credentials; actor: Actor | null; onLost: () => void }

/**
 * Checks again and again whether open sockets still have the rights they were opened with, each credential once a
 * round: at once when something is revoked, every three seconds otherwise.
 */
export function watchActors(authenticator: Authenticator, logger: Logger) {
  const sockets = new Map<WebSocket, Watched>()
  let running = false

  let again = false

  const round = async (): Promise<void> => {
    // What was revoked meanwhile may have been looked at already.
    if (running) return void (again = true)
    running = true
    again = false
    try {
      const rights = new Map<string, Promise<string>>()
      for (const { credentials, actor, onLost } of sockets.values()) {
        const credential = credentialKey(credentials)
        if (!credential) continue
        const now = rights.get(credential) ?? authenticator.recheck(credentials).then(rightsOf)
        rights.set(credential, now)
        if ((await now) !== rightsOf(actor)) onLost()
      }
    } catch (error) {
      // The database is away: rights are checked again in the next round.
      logger.debug({ err: error }, 'rights of open sockets could not be checked')
    } finally {
      running = false
    }
    if (again) await round()
  }
  const timer = setInterval(() => void round(), EVERY_MS)
  timer.unref()
  const unlisten = authenticator.onRevoked(() => void round())

  return {
    add: (socket: WebSocket, watched: Watched): void => {
      sockets.set(socket, watched)
      socket.once('close', () => sockets.delete(socket))
    },
    stop: (): void => {
      clearInterval(timer)
      unlisten()
    },
  }
}

const rightsOf = (actor: Actor | null): string =>
  actor ? `${actor.kind} ${actor.merchantId} ${[...actor.permissions].toSorted().join()}` : ''
