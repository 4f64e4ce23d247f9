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

/** Where secrets of people can be guessed without having signed in; each guess is counted, and few are tried at a time. */
export type Door = {
  /** Runs `work`, which looks something up by a secret and answers null for a wrong one. @throws AppError RATE_LIMITED. */
  lookUp: <T>(work: () => Promise<T | null>) => Promise<T | null>
  /**
   * Runs `work`, which checks a password of the account with this e-mail address.
   *
   * @throws AppError RATE_LIMITED, or what `work` throws: an InvalidCredentialsError is a failed guess.
   */
  prove: <T>(email: string, work: () => Promise<T>) => Promise<T>
}

/** The door as this caller meets it: strangers wait for all strangers, a device that the account knows for itself alone. */
export function doorOf({ app, ip, cookies }: Caller): Door {
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
        // All devices of an account count as one owner: signing in again and again makes as many as one likes.
        turn: { owner: device ? account : address, first: device !== null },
        subjects,
        act: 'sign in',
        work,
        isFailure: ({ error }) => error instanceof InvalidCredentialsError,
      })
    },
  }
}

/** Gives the browser its session, and makes it a device that the account knows. */
export function letIn(
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

/** As addresses are stored (`emailSchema`), however they were typed. */
const accountOf = (email: string): string => email.trim().toLowerCase().slice(0, 254)

type Attempt<T> = {
  turn: Turn
  subjects: readonly Subject[]
  /** What is tried, e.g. "sign in". */
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
