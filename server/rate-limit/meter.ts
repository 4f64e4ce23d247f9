import type { Actor } from '../auth/actor.ts'
import { AppError } from '../errors.ts'
import { secondsUntil, type BucketSize, type Drawn } from './bucket.ts'
import type { RateLimiter } from './limiter.ts'

/** `extensions.cost` of an answer. */
export type CostReport = {
  /** What the document was judged to cost at most, and what was taken before it ran. */
  requested: number
  /** What it came to; the difference is given back. */
  actual: number
  throttle: { available: number; max: number; restoreRate: number }
}

/** Counts one operation of an API key against the key's bucket. */
export type Meter = {
  /**
   * Takes the cost before anything runs; asked again it does not take twice.
   *
   * @throws AppError RATE_LIMITED when the bucket holds too little now, QUERY_TOO_COMPLEX when it never holds enough.
   */
  charge: (requested: number) => Promise<void>
  /** Gives back what the answer of a query did not come to, and reports; null when nothing was charged. */
  settle: (data: unknown, operation: 'query' | 'mutation') => CostReport | null
}

/** Hands out meters. Staff and the bot are not metered: they are ours, and sign-in has a throttle of its own. */
export type Meters = (actor: Actor | null, announce?: (headers: Record<string, string>) => void) => Meter | undefined

/** Looking costs too, even when nothing is found: at least this part of what was requested is kept. */
const LEAST_PART = 0.1
const POLICY = '"key"'
const CAPACITY = 10_000

export function createMeters(limiter: RateLimiter, size: BucketSize): Meters {
  // Points to give back travel with the key's next request: no round trip of their own.
  const credits = new Map<string, number>()
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
    const withCredit = (available: number) => Math.min(max, available + Math.floor(credits.get(id) ?? 0))

    const charge = async (requested: number): Promise<void> => {
      if (requested > max) {
        throw new AppError(
          'QUERY_TOO_COMPLEX',
          `The document costs ${requested}, but the bucket of a key never holds more than ${max}. Ask for fewer fields or smaller pages.`,
        )
      }
      const refund = credits.get(id) ?? 0
      credits.delete(id)
      const drawn: Drawn = (await limiter.draw(id, { cost: requested, refund })) ?? { allowed: true, available: max }
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
        // What was done, or tried, is done: only reading less than asked for is cheaper.
        const actual =
          operation === 'mutation'
            ? requested
            : Math.max(1, Math.ceil(requested * LEAST_PART), fieldsIn(data, requested))
        if (requested > actual) {
          if (credits.size >= CAPACITY) credits.clear()
          credits.set(id, (credits.get(id) ?? 0) + requested - actual)
        }
        const left = withCredit(available)
        announce(headersFor(left))
        return { requested, actual, throttle: { available: left, max, restoreRate } }
      },
    }
  }
}

/** Fields an answer holds, by the measure in which its cost was judged: one each. Counts no further than `most`. */
export function fieldsIn(data: unknown, most: number): number {
  let count = 0
  const walk = (value: unknown): void => {
    if (typeof value !== 'object' || value === null || count >= most) return
    if (Array.isArray(value)) return value.forEach(walk)
    for (const [name, inner] of Object.entries(value)) {
      if (name !== '__typename') count++
      walk(inner)
    }
  }
  walk(data)
  return Math.min(count, most)
}
