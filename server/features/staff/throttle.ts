import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import { AppError } from '../../errors.ts'
import type { RequestContext } from '../../graphql/context.ts'

// Guessing is slowed per address and per account; each process counts for itself, which only makes the limit roomier.
const perAddress = new RateLimiterMemory({ points: 50, duration: 300 })
const perAccount = new RateLimiterMemory({ points: 10, duration: 300 })

/** @throws AppError RATE_LIMITED after too many attempts, with how long to wait. */
export async function throttleSignIn({ ip }: RequestContext, email: string): Promise<void> {
  try {
    await perAddress.consume(ip)
    await perAccount.consume(email.trim().toLowerCase().slice(0, 254))
  } catch (limit) {
    if (!(limit instanceof RateLimiterRes)) throw limit
    throw new AppError(
      'RATE_LIMITED',
      `Too many attempts to sign in; try again in ${Math.ceil(limit.msBeforeNext / 1000)} s.`,
    )
  }
}
