import { actorLabel, type TenantActor } from '../auth/actor.ts'
import { AppError } from '../errors.ts'

/** How many uploads may be read at the same time. */
export type UploadBounds = {
  /** In this process; each holds its body in memory. */
  total: number
  perMerchant: number
  /** By one member of staff, over all their sessions, or by one key. */
  perCaller: number
}

export type UploadSlots = {
  /**
   * Takes a slot, given back by disposing it.
   *
   * @throws AppError RATE_LIMITED when the caller or its shop has enough under way, UNAVAILABLE when the process has.
   */
  take: (actor: TenantActor) => Disposable
}

const RETRY_AFTER_SECONDS = 5

/** Shares what one process can read among shops and callers, so that none of them uses up what others need. */
export function createUploadSlots({ total, perMerchant, perCaller }: UploadBounds): UploadSlots {
  const taken = new Map<string, number>()
  const count = (key: string, change: 1 | -1): void => {
    const now = (taken.get(key) ?? 0) + change
    if (now === 0) taken.delete(key)
    else taken.set(key, now)
  }
  const isFull = (key: string, bound: number): boolean => (taken.get(key) ?? 0) >= bound

  return {
    take: (actor) => {
      const merchant = `merchant ${actor.merchantId}`
      const caller = `${merchant} ${actorLabel(actor)}`
      if (isFull(caller, perCaller)) throw tooMany(`${perCaller} uploads are under way already; send the next`)
      if (isFull(merchant, perMerchant))
        throw tooMany(`The shop has ${perMerchant} uploads under way already; send the next`)
      if (isFull('all', total))
        throw new AppError('UNAVAILABLE', 'Too many uploads at the same time; try again in a few seconds.', RETRY)
      const keys = ['all', merchant, caller]
      for (const key of keys) count(key, 1)
      let held = true
      return {
        [Symbol.dispose]: () => {
          if (held) for (const key of keys) count(key, -1)
          held = false
        },
      }
    },
  }
}

const RETRY = {
  extensions: { retryAfter: RETRY_AFTER_SECONDS },
  headers: { 'retry-after': String(RETRY_AFTER_SECONDS) },
}

const tooMany = (problem: string) => new AppError('RATE_LIMITED', `${problem} when one of them is done.`, RETRY)
