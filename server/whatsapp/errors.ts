/**
 * Whether to retry after an error code of the Cloud API (Meta, "Cloud API error codes", read September 2026).
 * - `retry`: the same request can succeed soon; wait `retryDelayMs`.
 * - `later`: only after hours or a change of conditions (template instead of free text, campaign paused, …).
 * - `never`: the same request always fails.
 * The code decides, never the HTTP status: Meta returns the same code with different statuses.
 */
export type RetryDecision = 'retry' | 'later' | 'never'

const retryCodes = new Set([1, 2, 4, 80007, 130429, 131000, 131016, 131056, 131057, 133004])
const laterCodes = new Set([
  368, 131047, 131048, 131049, 131064, 132015, 132069, 133008, 133009, 133015, 133016, 137000,
])

/** Unlisted codes count as `never`: retries of an unknown error cost money and reputation. */
export function retryDecision(code: number): RetryDecision {
  if (retryCodes.has(code)) return 'retry'
  return laterCodes.has(code) ? 'later' : 'never'
}

const second = 1000
const minute = 60 * second
const hour = 60 * minute

/**
 * The delay before the next attempt, in ms.
 * @param attempt number of attempts that failed with this code, minus one: 0 after the first failure
 * @param random a number in [0, 1) for jitter
 */
export function retryDelayMs(code: number, attempt: number, random: () => number = Math.random): number {
  const n = Math.max(0, Math.trunc(attempt))
  const jittered = (base: number, cap: number) => Math.round(Math.min(cap, base * 2 ** n) * (0.5 + random() / 2))
  switch (code) {
    // Pair rate limit: Meta requires 4^n seconds, for this recipient only.
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
  /** Meta's `fbtrace_id`, for requests to its support. */
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
 * The request was sent but no trustworthy answer arrived: the message may have been sent. Before sending it again, wait
 * for its status webhooks, which echo the `biz_opaque_callback_data`.
 */
export class AmbiguousSendError extends Error {
  override readonly name = 'AmbiguousSendError'
}

/** WhatsApp was unreachable: nothing was sent, a retry is safe. */
export class WhatsAppUnreachableError extends Error {
  override readonly name = 'WhatsAppUnreachableError'
}

/** A request that sends no message got an unreadable or too large answer. */
export class WhatsAppResponseError extends Error {
  override readonly name = 'WhatsAppResponseError'
  /** The answer exceeds the allowed size: a retry fails the same way. */
  readonly tooLarge: boolean

  constructor(message: string, { tooLarge = false, ...options }: ErrorOptions & { tooLarge?: boolean } = {}) {
    super(message, options)
    this.tooLarge = tooLarge
  }
}

/** Refusals of a template that is created or edited: `error_subcode` of code 100 (Meta, "Template error codes"). */
const templateMistakes: Readonly<Record<number, string>> = {
  2388019: 'The WhatsApp account has reached its limit of templates; delete unused ones.',
  2388023: 'A template of this name was deleted less than 30 days ago; choose another name.',
  2388024: 'WhatsApp already has a template of this name in this language.',
  2388039: 'WhatsApp accepts no changes to this template in its present status.',
  2388040: 'A text of the template is longer than WhatsApp allows.',
  2388047: 'WhatsApp does not accept the header of the template.',
  2388072: 'WhatsApp does not accept the body of the template.',
  2388073: 'WhatsApp does not accept the footer of the template.',
  2388293: 'The template has too many variables for its length; write more text around them.',
  2388299: 'A variable cannot be at the start or the end of the text.',
}

/** The subcodes of `templateMistakes` that the code handles. */
export const templateSubcodes = { nameDeletedLately: 2388023, exists: 2388024, notEditable: 2388039 } as const

/** Describes the refusal of a template to its author: our sentence for the subcode, then Meta's own text. */
export function describeTemplateRefusal(error: WhatsAppError): string {
  const known = error.subcode === undefined ? undefined : templateMistakes[error.subcode]
  const theirs = error.details ?? error.message
  if (known === undefined) return `WhatsApp refused the template: ${theirs}`
  return error.details ? `${known} (${error.details})` : known
}
