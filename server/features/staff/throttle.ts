import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import { AppError } from '../../errors.ts'
import type { RequestContext } from '../../graphql/context.ts'

// Guessing is slowed per address and per account; each process counts for itself, which only makes the limit roomier.
const perAddress = new RateLimiterMemory({ points: 50, duration: 300 })
const perAccount = new RateLimiterMemory({ points: 10, duration: 300 })
const invitationsPerAddress = new RateLimiterMemory({ points: 50, duration: 300 })

/** Slows down who tries links, and the hashing of passwords behind them. @throws AppError RATE_LIMITED. */
export const throttleInvitation = ({ ip }: Pick<RequestContext, 'ip'>): Promise<void> =>
  refuseBeyond([[invitationsPerAddress, ip]], 'Too many attempts')

/** @throws AppError RATE_LIMITED after too many attempts, with how long to wait. */
export const throttleSignIn = ({ ip }: Pick<RequestContext, 'ip'>, email: string): Promise<void> =>
  refuseBeyond(
    [
      [perAddress, ip],
      [perAccount, email.trim().toLowerCase().slice(0, 254)],
    ],
    'Too many attempts to sign in',
  )

async function refuseBeyond(limits: [RateLimiterMemory, string][], what: string): Promise<void> {
  try {
    for (const [limit, key] of limits) await limit.consume(key)
  } catch (limit) {
    if (!(limit instanceof RateLimiterRes)) throw limit
    throw new AppError('RATE_LIMITED', `${what}; try again in ${Math.ceil(limit.msBeforeNext / 1000)} s.`)
  }
}
