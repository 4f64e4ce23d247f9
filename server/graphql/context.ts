import { authorize, type Actor, type AuthorizedForOne } from '../auth/actor.ts'
import type { Permission } from '../auth/permissions.ts'
import type { AppContext } from '../context.ts'
import type { Meter } from '../rate-limit/meter.ts'

/** What resolvers get: who asks, and the means to answer. One per request, and one per event for subscriptions. */
export type RequestContext = {
  app: AppContext
  /** Who asks. The bot becomes the actor of a turn once it has claimed it. */
  actor: Actor | null
  requestId: string
  /** Address of the client, for sign-in throttling. */
  ip: string
  /** The browser's cookies, set or cleared with the answer; absent on sockets. */
  cookies?: {
    setSession: (token: string, expiresAt: Date) => void
    clearSession: () => void
    read: (name: string) => string | undefined
    write: (name: string, value: string, expiresAt: Date) => void
  }
  /** Counts what the operation costs; absent for those who are not limited. */
  meter?: Meter | undefined
  /** Narrows the actor to a shop it may do `permission` in. @throws AppError UNAUTHENTICATED or FORBIDDEN. */
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
