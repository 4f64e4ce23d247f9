/** Errors of the Graph API (Meta, "Cloud API error codes"). */

type Entry = { http: number; title: string; details?: string }

const pairLimit =
  'Message failed to send because there were too many messages sent from this phone number to the same phone number in a short period of time.'
const windowClosed =
  'Message failed to send because more than 24 hours have passed since the customer last replied to this number.'

const table: Record<number, Entry> = {
  1: { http: 500, title: 'An unknown error occurred' },
  2: { http: 503, title: 'Service temporarily unavailable' },
  4: { http: 429, title: 'Application request limit reached' },
  10: { http: 403, title: 'Application does not have permission for this action' },
  100: { http: 400, title: 'Invalid parameter' },
  190: { http: 401, title: 'Invalid OAuth access token - Cannot parse access token' },
  368: { http: 403, title: 'Temporarily blocked for policies violations' },
  80007: { http: 400, title: 'There have been too many calls from this WhatsApp Business account' },
  130429: { http: 400, title: 'Rate limit hit', details: 'Cloud API message throughput has been reached.' },
  131000: { http: 500, title: 'Something went wrong' },
  131005: { http: 403, title: 'Access denied' },
  131008: { http: 400, title: 'Required parameter is missing' },
  131009: { http: 400, title: 'Parameter value is not valid' },
  131016: { http: 500, title: 'Service unavailable' },
  131021: { http: 400, title: 'Recipient cannot be sender' },
  131026: { http: 400, title: 'Message undeliverable', details: 'Message Undeliverable.' },
  131031: { http: 403, title: 'Business Account locked' },
  131042: { http: 400, title: 'Business eligibility payment issue' },
  131047: { http: 400, title: 'Re-engagement message', details: windowClosed },
  131048: { http: 400, title: 'Spam rate limit hit' },
  131049: { http: 400, title: 'This message was not delivered to maintain healthy ecosystem engagement.' },
  131050: { http: 400, title: 'User has stopped marketing messages' },
  131051: { http: 400, title: 'Unsupported message type' },
  131052: { http: 400, title: 'Media download error' },
  131053: { http: 400, title: 'Media upload error' },
  131056: {
    http: 400,
    title: '(Business Account, Consumer Account) pair rate limit hit',
    details: pairLimit,
  },
  131057: { http: 500, title: 'Account in maintenance mode' },
  132000: { http: 400, title: 'Number of parameters does not match the expected number of params' },
  132001: { http: 404, title: 'Template name does not exist in the translation' },
  132005: { http: 400, title: 'Translated text too long' },
  132007: { http: 400, title: 'Template format character policy violated' },
  132012: { http: 400, title: 'Parameter format does not match format in the created template' },
  132015: { http: 400, title: 'Template is paused' },
  132016: { http: 400, title: 'Template is disabled' },
  132018: { http: 400, title: 'Template parameters are not valid' },
  133004: { http: 503, title: 'Server temporarily unavailable' },
  133010: { http: 400, title: 'Phone number not registered' },
}

const entryOf = (code: number): Entry => table[code] ?? { http: 400, title: `Error ${code}` }

type GraphErrorOptions = {
  details?: string
  subcode?: number
  message?: string
  user?: { title: string; message: string }
}

/** A refusal; the emulator's error handler turns it into an answer. */
export class GraphError extends Error {
  override readonly name = 'GraphError'
  readonly code: number
  readonly details: string | undefined
  readonly subcode: number | undefined
  /** The management API's texts for people. */
  readonly user: { title: string; message: string } | undefined

  constructor(code: number, options: GraphErrorOptions = {}) {
    super(options.message ?? entryOf(code).title)
    this.code = code
    this.details = options.details ?? entryOf(code).details
    this.subcode = options.subcode
    this.user = options.user
  }
}

/** "Object … does not exist": the Graph API's answer for every unknown id. */
export function unknownObject(id: string, method: string): GraphError {
  const reason = 'cannot be loaded due to missing permissions, or does not support this operation.'
  const message = `Unsupported ${method} request. Object with ID '${id}' does not exist, ${reason}`
  return new GraphError(100, { subcode: 33, message })
}

/** The HTTP answer for a refusal. */
export function toGraphAnswer(error: GraphError, traceId: string): { status: number; body: unknown } {
  const plain = error.code === 190 || error.subcode === 33
  return {
    status: entryOf(error.code).http,
    body: {
      error: {
        message: plain ? error.message : `(#${error.code}) ${error.message}`,
        type: error.subcode === 33 ? 'GraphMethodException' : 'OAuthException',
        code: error.code,
        ...(error.details === undefined
          ? {}
          : { error_data: { messaging_product: 'whatsapp', details: error.details } }),
        ...(error.subcode === undefined ? {} : { error_subcode: error.subcode }),
        ...(error.user === undefined
          ? {}
          : { is_transient: false, error_user_title: error.user.title, error_user_msg: error.user.message }),
        fbtrace_id: traceId,
      },
    },
  }
}

/** The error of a `failed` status. */
export function toStatusError(code: number): Record<string, unknown> {
  const { title, details } = entryOf(code)
  return {
    code,
    title,
    message: title,
    error_data: { details: details ?? title },
    href: 'https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/',
  }
}
