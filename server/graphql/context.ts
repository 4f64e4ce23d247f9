import { authorize, type Actor, type AuthorizedForOne } from '../auth/actor.ts'
import type { Permission } from '../auth/permissions.ts'
import type { AppContext } from '../context.ts'
import type { Meter } from '../rate-limit/meter.ts'

/** The context of resolvers. One per request; subscriptions create one for the events of a tick. */
export type RequestContext = {
  app: AppContext
  /** The caller; null for anonymous ones. `claimTurn` replaces the idle bot by the bot on the turn. */
  actor: Actor | null
  requestId: string
  /** Address of the client, for sign-in throttling. */
  ip: string
  /** The browser's cookies, set or cleared with the answer; absent on sockets. */
  cookies?:
    | undefined
    | {
        setSession: (token: string, expiresAt: Date) => void
        clearSession: () => void
        read: (name: string) => string | undefined
        write: (name: string, value: string, expiresAt: Date) => void
      }
  /** Charges the cost of the operation to the caller's bucket; absent for callers without a limit. */
  meter?: Meter | undefined
  /** The actor, proven to hold the permission in its shop. @throws AppError UNAUTHENTICATED or FORBIDDEN. */
  authorize: <P extends Permission>(permission: P) => AuthorizedForOne<P>
}

export function createRequestContext(
  base: Pick<RequestContext, 'app' | 'actor' | 'requestId' | 'ip' | 'cookies' | 'meter'>,
): RequestContext {
  return {
    ...base,
    authorize(permission) {
      return authorize(this.actor, permission)
    },
  }
}
