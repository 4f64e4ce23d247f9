import type { Actor } from '../auth/actor.ts'
import { AppError } from '../errors.ts'
import { secondsUntil, type BucketSize, type Drawn } from './bucket.ts'
import type { RateLimiter } from './limiter.ts'

/** `extensions.cost` of an answer. */
export type CostReport = {
  /** The highest cost of the document, charged before it ran. */
  requested: number
  /** The cost of the answer; the difference is refunded. */
  actual: number
  throttle: { available: number; max: number; restoreRate: number }
}

/** Charges one operation of an API key to the key's bucket. */
export type Meter = {
  /**
   * Charges the cost before anything runs; a second call does not charge again.
   *
   * @throws AppError RATE_LIMITED when the bucket holds too little now, QUERY_TOO_COMPLEX when it never holds enough.
   */
  charge: (requested: number) => Promise<void>
  /** Refunds the part of the cost that the answer of a query did not use, and reports; null when nothing was charged. */
  settle: (data: unknown, operation: 'query' | 'mutation') => CostReport | null
}

/** Creates meters for API keys. Staff and the bot are not metered; sign-in has a throttle of its own. */
export type Meters = (actor: Actor | null, announce?: (headers: Record<string, string>) => void) => Meter | undefined

/** The least part of the requested cost that is kept: reading costs even when nothing is found. */
const LEAST_PART = 0.1
const POLICY = '"key"'

export function createMeters(limiter: RateLimiter, size: BucketSize): Meters {
  const { points: max, restorePerSecond: restoreRate } = size
  const policy = `${POLICY};q=${max};w=${Math.ceil(max / restoreRate)}`
  const headersFor = (available: number): Record<string, string> => ({
    'ratelimit-policy': policy,
    ratelimit: `${POLICY};r=${available};t=${secondsUntil(max, available, size)}`,
  })

  return (actor, announce = () => {}) => {
    if (actor?.kind !== 'API_KEY') return undefined
    const id = actor.apiKeyId
    let charging: Promise<void> | undefined
    let charged: { requested: number; available: number } | undefined
    /** Gives points back. The bucket may hold more or less than it says, by what other processes have not settled yet. */
    const refund = (points: number, available: number): number => {
      const drawn = points > 0 ? limiter.draw(id, { cost: 0, refund: points }) : null
      return drawn && 'available' in drawn ? drawn.available : Math.min(max, available + points)
    }

    const charge = async (requested: number): Promise<void> => {
      if (requested > max) {
        throw new AppError(
          'QUERY_TOO_COMPLEX',
          `The document costs ${requested}, but the bucket of a key never holds more than ${max}. Ask for fewer fields or smaller pages.`,
        )
      }
      const drawn: Drawn = (await limiter.draw(id, { cost: requested, refund: 0 })) ?? { allowed: true, available: max }
      if (drawn.allowed) {
        charged = { requested, available: drawn.available }
        return announce(headersFor(drawn.available))
      }
      const wait = Math.max(1, secondsUntil(requested, drawn.available, size))
      const throttle = { available: drawn.available, max, restoreRate }
      throw new AppError(
        'RATE_LIMITED',
        `This costs ${requested} points and ${drawn.available} are left; ${restoreRate} come back every second. Try again in ${wait} s.`,
        {
          headers: { 'retry-after': String(wait), ...headersFor(drawn.available) },
          extensions: { retryAfter: wait, cost: { requested, actual: 0, throttle } },
        },
      )
    }

    return {
      charge: (requested) => (charging ??= charge(requested)),
      settle: (data, operation) => {
        if (!charged) return null
        const { requested, available } = charged
        // Only queries are refunded: a mutation costs the same whatever its answer holds.
        const actual =
          operation === 'mutation'
            ? requested
            : Math.max(1, Math.ceil(requested * LEAST_PART), fieldsIn(data, requested))
        const left = refund(requested - actual, available)
        announce(headersFor(left))
        return { requested, actual, throttle: { available: left, max, restoreRate } }
      },
    }
  }
}

/** Counts the fields of an answer, up to `most`; each costs one point, as in the estimate. */
export function fieldsIn(data: unknown, most: number): number {
  let count = 0
  const walk = (value: unknown): void => {
    if (typeof value !== 'object' || value === null || count >= most) return
    if (Array.isArray(value)) return value.forEach(walk)
    // Without Object.entries, whose arrays would take longer than counting.
    for (const name in value) {
      if (name !== '__typename') count++
      walk((value as Record<string, unknown>)[name])
    }
  }
  walk(data)
  return Math.min(count, most)
}
