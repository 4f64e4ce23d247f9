/** How somebody who tries in vain is slowed down: by growing waits, never by a lock. All times are in seconds. */
export type AttemptLimit = {
  /** Failures that cost no waiting. */
  free: number
  /** The wait after the last free failure; it doubles with each further one. */
  firstWait: number
  longestWait: number
  /** Failures are forgotten this long after the last one. */
  forgetAfter: number
}

const HOUR = 3600

/**
 * Guesses of a password by devices the account does not know, all of them together. The longest wait is short, since a
 * stranger causes it for everybody: 1,440 guesses a day find no password of 10 characters.
 */
export const ACCOUNT_LIMIT: AttemptLimit = { free: 10, firstWait: 5, longestWait: 60, forgetAfter: 24 * HOUR }
/** Guesses from one address at whatever account. Offices and whole mobile networks share one. */
export const ADDRESS_LIMIT: AttemptLimit = { free: 50, firstWait: 5, longestWait: 60, forgetAfter: HOUR }
/** Guesses by a device that has signed in to the account before. Only its holder waits. */
export const DEVICE_LIMIT: AttemptLimit = { free: 10, firstWait: 5, longestWait: 15 * 60, forgetAfter: 24 * HOUR }

/** What is known of a subject's failures. */
export type Attempts = {
  failures: number
  /** No attempt is made before. */
  retryAt: Date
  forgetAt: Date
}

/** An attempt that counts as a failure until it succeeds, or when the next one may be made. */
export type AttemptDecision = { allowed: true; next: Attempts } | { allowed: false; retryAt: Date }

const later = (now: Date, seconds: number): Date => new Date(now.getTime() + seconds * 1000)

/** Whether a subject may try at `now`. Attempts that are refused are not counted: nobody is kept out by knocking. */
export function decideAttempt(limit: AttemptLimit, known: Attempts | null, now: Date): AttemptDecision {
  if (known && known.retryAt > now) return { allowed: false, retryAt: known.retryAt }
  const failures = (known && known.forgetAt > now ? known.failures : 0) + 1
  const beyond = failures - limit.free
  const wait = beyond < 0 ? 0 : Math.min(limit.longestWait, limit.firstWait * 2 ** Math.min(beyond, 20))
  return {
    allowed: true,
    next: { failures, retryAt: later(now, wait), forgetAt: later(now, limit.forgetAfter) },
  }
}
