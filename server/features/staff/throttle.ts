import { ACCOUNT_LIMIT, ADDRESS_LIMIT, DEVICE_LIMIT } from '../../auth/attempt-limits.ts'
import { countAttempt, forgiveAttempt, tooMany, type Subject } from '../../auth/attempts.ts'
import { clientGroup } from '../../auth/client-group.ts'
import type { Turn } from '../../auth/gate.ts'
import { deviceCookie, recogniseDevice, rememberDevice } from '../../auth/known-device.ts'
import type { AppContext } from '../../context.ts'
import type { RequestContext } from '../../graphql/context.ts'
import { InvalidCredentialsError } from './service.ts'
import type { OpenedSession } from './sessions.ts'

type Caller = Pick<RequestContext, 'app' | 'ip' | 'cookies'>

/** Throttles guesses of secrets by callers who are not signed in: failed guesses are counted, and few run at a time. */
export type SignInThrottle = {
  /** Runs `work`, which looks up a row by a secret and returns null for a wrong one. @throws AppError RATE_LIMITED. */
  lookUp: <T>(work: () => Promise<T | null>) => Promise<T | null>
  /**
   * Runs `work`, which checks a password of the account with this e-mail address.
   *
   * @throws AppError RATE_LIMITED, or what `work` throws: an InvalidCredentialsError is a failed guess.
   */
  prove: <T>(email: string, work: () => Promise<T>) => Promise<T>
}

/** The throttle for this caller: unknown devices share one limit, a device known to the account has its own. */
export function throttleOf({ app, ip, cookies }: Caller): SignInThrottle {
  const address = clientGroup(ip)
  const { secretKey } = app.config
  return {
    lookUp: (work) =>
      attempt(app, {
        turn: { owner: address, first: false },
        subjects: [{ kind: 'link', of: address, limit: ADDRESS_LIMIT }],
        act: 'open a link',
        work,
        isFailure: ({ value }) => value === null,
      }),
    prove: (email, work) => {
      const account = accountOf(email)
      const device = recogniseDevice(secretKey, account, cookies?.read(deviceCookie(secretKey, account)))
      const subjects: Subject[] = device
        ? [{ kind: 'device', of: `${account} ${device}`, limit: DEVICE_LIMIT }]
        : [
            { kind: 'account', of: account, limit: ACCOUNT_LIMIT },
            { kind: 'address', of: address, limit: ADDRESS_LIMIT },
          ]
      return attempt(app, {
        // All devices of an account count as one: each sign-in would otherwise create another.
        turn: { owner: device ? account : address, first: device !== null },
        subjects,
        act: 'sign in',
        work,
        isFailure: ({ error }) => error instanceof InvalidCredentialsError,
      })
    },
  }
}

/** Sets the session cookie, and the one that makes the device known to the account. */
export function setSessionCookies(
  { app, cookies }: Caller,
  { email, session }: { email: string; session: Pick<OpenedSession, 'token' | 'expiresAt'> },
): void {
  const account = accountOf(email)
  const { secretKey } = app.config
  cookies?.setSession(session.token, session.expiresAt)
  const known = recogniseDevice(secretKey, account, cookies?.read(deviceCookie(secretKey, account)))
  const { cookie, value, expiresAt } = rememberDevice(secretKey, account, known)
  cookies?.write(cookie, value, expiresAt)
}

/** Normalises an address as `emailSchema` does. */
const accountOf = (email: string): string => email.trim().toLowerCase().slice(0, 254)

type Attempt<T> = {
  turn: Turn
  subjects: readonly Subject[]
  /** Name of the action in the refusal, e.g. "sign in". */
  act: string
  work: () => Promise<T>
  isFailure: (outcome: { value?: T; error?: unknown }) => boolean
}

async function attempt<T>(app: AppContext, { turn, subjects, act, work, isFailure }: Attempt<T>): Promise<T> {
  const forgiveUnless = async (failed: boolean) => {
    if (!failed) await forgiveAttempt(app, subjects)
  }
  const passing = app.passwordGate.run(turn, async () => {
    await countAttempt(app, subjects, act)
    let value: T
    try {
      value = await work()
    } catch (error) {
      await forgiveUnless(isFailure({ error }))
      throw error
    }
    await forgiveUnless(isFailure({ value }))
    return value
  })
  if (!passing) throw tooMany(act, 1)
  return passing
}
