/**
 * What to do after an error code of the Cloud API (Meta, "Cloud API error codes", read September 2026).
 * - `retry`: the same request can succeed soon; wait `retryDelayMs`.
 * - `later`: only after hours or a change of conditions (template instead of free text, campaign paused, …).
 * - `never`: the same request will always fail.
 * The code decides, never the HTTP status: Meta answers the same code with different statuses.
 */
export type RetryDecision = 'retry' | 'later' | 'never'

const retryCodes = new Set([1, 2, 4, 80007, 130429, 131000, 131016, 131056, 131057, 133004])
const laterCodes = new Set([
  368, 131047, 131048, 131049, 131064, 132015, 132069, 133008, 133009, 133015, 133016, 137000,
])

/** Codes that are not listed anywhere count as `never`: repeating what we do not understand costs money and trust. */
export function retryDecision(code: number): RetryDecision {
  if (retryCodes.has(code)) return 'retry'
  return laterCodes.has(code) ? 'later' : 'never'
}

const second = 1000
const minute = 60 * second
const hour = 60 * minute

/**
 * Milliseconds to wait before the next try.
 * @param attempt tries that already failed with this code, less one: 0 after the first failure
 * @param random a number in [0, 1) for jitter
 */
export function retryDelayMs(code: number, attempt: number, random: () => number = Math.random): number {
  const n = Math.max(0, Math.trunc(attempt))
  const jittered = (base: number, cap: number) => Math.round(Math.min(cap, base * 2 ** n) * (0.5 + random() / 2))
  switch (code) {
    // Pair rate limit: Meta asks for 4^n seconds, for this recipient only.
    case 131056:
      return Math.min(hour, 4 ** n * second)
    case 130429:
      return jittered(2 * second, minute)
    case 131057:
      return minute
    case 4:
    case 80007:
      return jittered(4 * minute, hour)
    case 131049:
      return 24 * hour
    case 133015:
      return 5 * minute
    default:
      return retryDecision(code) === 'later' ? hour : jittered(2 * second, 5 * minute)
  }
}

export type WhatsAppErrorDetails = {
  code: number
  subcode?: number | undefined
  httpStatus: number
  message: string
  details?: string | undefined
  traceId?: string | undefined
}

/** The Cloud API refused a request. Nothing was sent. */
export class WhatsAppError extends Error {
  override readonly name = 'WhatsAppError'
  readonly code: number
  readonly subcode: number | undefined
  readonly httpStatus: number
  readonly details: string | undefined
  /** Meta's `fbtrace_id`, to be quoted to its support. */
  readonly traceId: string | undefined
  readonly retry: RetryDecision

  constructor(error: WhatsAppErrorDetails) {
    super(error.message)
    this.code = error.code
    this.subcode = error.subcode
    this.httpStatus = error.httpStatus
    this.details = error.details
    this.traceId = error.traceId
    this.retry = retryDecision(error.code)
  }
}

/**
 * The request left us but no trustworthy answer came back: the message may have been sent. Find out by the
 * `biz_opaque_callback_data` that its status webhooks echo before sending it again.
 */
export class AmbiguousSendError extends Error {
  override readonly name = 'AmbiguousSendError'
}

/** WhatsApp could not be reached at all: nothing was sent, trying again is safe. */
export class WhatsAppUnreachableError extends Error {
  override readonly name = 'WhatsAppUnreachableError'
}

/** WhatsApp answered something this version cannot read, or more than it is allowed to, to a request that sends nothing. */
export class WhatsAppResponseError extends Error {
  override readonly name = 'WhatsAppResponseError'
  /** More came, or was announced, than was asked for: asking again ends the same. */
  readonly tooLarge: boolean

  constructor(message: string, { tooLarge = false, ...options }: ErrorOptions & { tooLarge?: boolean } = {}) {
    super(message, options)
    this.tooLarge = tooLarge
  }
}

/** Refusals of a template that is created or edited: `error_subcode` of code 100 (Meta, "Template error codes"). */
const templateMistakes: Readonly<Record<number, string>> = {
  2388019: 'The WhatsApp account has as many templates as it may have; delete some that are not used.',
  2388023: 'A template of this name was deleted less than 30 days ago; choose another name.',
  2388024: 'WhatsApp already has a template of this name in this language.',
  2388039: 'WhatsApp takes no changes of this template in its present state.',
  2388040: 'A text of the template is longer than WhatsApp allows.',
  2388047: 'WhatsApp does not take the header of the template.',
  2388072: 'WhatsApp does not take the body of the template.',
  2388073: 'WhatsApp does not take the footer of the template.',
  2388293: 'The template has too many variables for its length; write more text around them.',
  2388299: 'A variable may not stand at the start or the end of the text.',
}

/** Subcodes of `templateMistakes` that a program acts upon. */
export const templateSubcodes = { nameDeletedLately: 2388023, exists: 2388024, notEditable: 2388039 } as const

/** What is wrong with a template, for the person who wrote it: our sentence for the subcode, then Meta's own words. */
export function describeTemplateRefusal(error: WhatsAppError): string {
  const known = error.subcode === undefined ? undefined : templateMistakes[error.subcode]
  const theirs = error.details ?? error.message
  if (known === undefined) return `WhatsApp refused the template: ${theirs}`
  return error.details ? `${known} (${error.details})` : known
}
