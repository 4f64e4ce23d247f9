import { encodeCursor } from '../../events/cursor.ts'
import type { EventRecord } from '../../events/kit.ts'

/** An endpoint whose attempts have all failed for this long is disabled. */
export const GIVE_UP_MS = 5 * 24 * 3600 * 1000
/** How long attempts are also signed with the previous secret after a rotation. */
export const OVERLAP_MS = 24 * 3600 * 1000
/** The longest Retry-After of a receiver that is honoured, in seconds. */
const MAX_RETRY_AFTER_S = 24 * 3600
/** Delays longer than this are jittered, so that deliveries that failed together are not retried together. */
const JITTERED_FROM_S = 60
const JITTER = 0.1

/** Type of the test event, which is never in the log. */
export const TEST_TYPE = 'webhook_test'

/** The response to an attempt, or the reason why there was none. */
export type Answer = { statusCode: number; retryAfter: string | null } | { statusCode: null; error: string }

export type AttemptResult =
  | { kind: 'delivered' }
  /** The receiver answered 410 Gone, so it is sent no more events. */
  | { kind: 'gone'; error: string }
  | { kind: 'failed'; error: string; retryAfter: string | null }

/** Any 2xx is a success. Redirects are not followed: they would send the data to a URL that nobody configured. */
export function classifyResponse(answer: Answer): AttemptResult {
  if (answer.statusCode === null) return { kind: 'failed', error: answer.error, retryAfter: null }
  const { statusCode, retryAfter } = answer
  if (statusCode >= 200 && statusCode < 300) return { kind: 'delivered' }
  if (statusCode === 410) return { kind: 'gone', error: 'The endpoint answered 410 Gone.' }
  if (statusCode >= 300 && statusCode < 400)
    return {
      kind: 'failed',
      error: `The endpoint answered ${statusCode}, a redirect. Redirects are not followed; set the URL to the target of the redirect.`,
      retryAfter: null,
    }
  return { kind: 'failed', error: `The endpoint answered ${statusCode}.`, retryAfter }
}

/**
 * Seconds until the retry after `made` attempts of the present round, or null at the end of the schedule. A longer
 * Retry-After of the receiver takes precedence, up to a day. `random` is in [0, 1).
 */
export function retryDelay(
  made: number,
  schedule: readonly number[],
  { retryAfter = null, now, random }: { retryAfter?: string | null; now: number; random: number },
): number | null {
  const planned = schedule[made]
  if (planned === undefined) return null
  const asked = Math.min(retryAfterSeconds(retryAfter, now) ?? 0, MAX_RETRY_AFTER_S)
  return Math.max(jittered(planned, random), asked)
}

const jittered = (seconds: number, random: number): number =>
  seconds > JITTERED_FROM_S ? seconds * (1 - JITTER + 2 * JITTER * random) : seconds

/** Seconds or an HTTP date (RFC 9110, 10.2.3); null for anything else. */
function retryAfterSeconds(header: string | null, now: number): number | null {
  if (header === null) return null
  const text = header.trim()
  if (/^\d{1,9}$/.test(text)) return Number(text)
  // Date.parse accepts more than HTTP dates, which all begin with the name of a day.
  const at = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun)/.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(at) ? null : Math.max(0, (at - now) / 1000)
}

/** The body of a delivery, which never changes: the event and its position in the log. */
export function webhookBody({ type, version, occurredAt, sequence, incarnation, data }: EventRecord): string {
  const cursor = encodeCursor(sequence, incarnation)
  return JSON.stringify({ type, version, timestamp: occurredAt, sequence, incarnation, cursor, data })
}

/** The cursor in the body of a delivery; null in a test event. */
export const cursorIn = (body: string): string | null => (JSON.parse(body) as { cursor: string | null }).cursor

export const testBody = (at: Date): string =>
  JSON.stringify({
    type: TEST_TYPE,
    version: 1,
    timestamp: at.toISOString(),
    sequence: null,
    incarnation: null,
    cursor: null,
    data: { message: 'This is a test event from Storeline. Nothing has happened.' },
  })

/** Whether an endpoint with these `eventTypes` (none for all) receives events of this type. */
export const selectsType = (eventTypes: readonly string[], type: string): boolean =>
  eventTypes.length === 0 || eventTypes.includes(type)
