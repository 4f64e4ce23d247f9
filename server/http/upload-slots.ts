import { AppError } from '../errors.ts'
import { createSlots, type SlotBounds, type SlotScope } from '../rate-limit/slots.ts'

const RETRY_AFTER_SECONDS = 5

/** Concurrency limits of uploads, since each holds its body in memory. */
export const createUploadSlots = (bounds: SlotBounds) => createSlots(bounds, tooMany)

function tooMany(full: SlotScope, bound: number): AppError {
  if (full === 'total')
    return new AppError('UNAVAILABLE', 'Too many uploads at the same time; try again in a few seconds.', RETRY)
  const problem =
    full === 'caller' ? `${bound} uploads are under way already` : `The shop has ${bound} uploads under way already`
  return new AppError('RATE_LIMITED', `${problem}; send the next when one of them is done.`, RETRY)
}

const RETRY = {
  extensions: { retryAfter: RETRY_AFTER_SECONDS },
  headers: { 'retry-after': String(RETRY_AFTER_SECONDS) },
}
