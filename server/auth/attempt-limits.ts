/** Failed attempts cost growing waits and never lock an account. All times are in seconds. */
export type AttemptLimit = {
  /** Failures without a wait. */
  free: number
  /** The wait after the last free failure; it doubles with each further one. */
  firstWait: number
  longestWait: number
  /** The count is reset this long after the last failure. */
  forgetAfter: number
}

const HOUR = 3600

/**
 * Guesses of one account's password by all unknown devices together. The longest wait is short because a stranger causes
 * it for the owner too; 1,440 guesses a day find no password of 10 characters.
 */
export const ACCOUNT_LIMIT: AttemptLimit = { free: 10, firstWait: 5, longestWait: 60, forgetAfter: 24 * HOUR }
/** Guesses from one IP address at any account. Offices and whole mobile networks share an address. */
export const ADDRESS_LIMIT: AttemptLimit = { free: 50, firstWait: 5, longestWait: 60, forgetAfter: HOUR }
/** Guesses by a device that has signed in to the account before. Only the holder of the device waits. */
export const DEVICE_LIMIT: AttemptLimit = { free: 10, firstWait: 5, longestWait: 15 * 60, forgetAfter: 24 * HOUR }

/** The failures counted for a subject. */
export type Attempts = {
  failures: number
  /** Attempts before this instant are refused. */
  retryAt: Date
  forgetAt: Date
}

/** An allowed attempt counts as a failure until it succeeds; a refused one tells when to retry. */
export type AttemptDecision = { allowed: true; next: Attempts } | { allowed: false; retryAt: Date }

const later = (now: Date, seconds: number): Date => new Date(now.getTime() + seconds * 1000)

/** Whether a subject may try at `now`. Refused attempts are not counted, so repeating them does not prolong the wait. */
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
