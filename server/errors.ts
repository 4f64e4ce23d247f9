/**
 * The catalogue of errors that any request may get. Errors that clients should handle are typed results of mutations instead.
 * `docs/partners.md` prints this table.
 */
export const ERROR_CODES = {
  UNAUTHENTICATED: {
    status: 401,
    cause: 'The request has no valid session or API key.',
    cure: 'Sign in, or send `Authorization: Bearer <key>`.',
  },
  FORBIDDEN: {
    status: 403,
    cause: 'The session or API key lacks a permission.',
    cure: 'Ask an owner for a role with the named permission, or use a key that has it.',
  },
  NOT_FOUND: {
    status: 404,
    cause: 'Nothing with this id exists in your shop.',
    cure: 'Check the id. Ids of other shops are not found.',
  },
  BAD_INPUT: {
    status: 400,
    cause: 'A value of the input is invalid.',
    cure: 'Correct the value that the message names.',
  },
  IDEMPOTENCY_CONFLICT: {
    status: 409,
    cause: 'The idempotency key was used with other input.',
    cure: 'Use a new key for a new request.',
  },
  CURSOR_INVALID: {
    status: 400,
    cause: 'A cursor was not made by this server.',
    cure: 'Start again without a cursor.',
  },
  QUERY_TOO_COMPLEX: {
    status: 400,
    cause: 'The document is too deep, too wide or too costly.',
    cure: 'Ask for fewer fields, or smaller pages.',
  },
  RATE_LIMITED: {
    status: 429,
    cause:
      'The bucket of the key holds too few points for this request, a concurrency limit is reached, or there were too many attempts.',
    cure: 'Wait as long as `Retry-After` or the message says, then retry the request unchanged.',
  },
  SLOW_CONSUMER: {
    status: 400,
    cause: 'The subscriber read its events too slowly.',
    cure: 'Subscribe again after the last cursor.',
  },
  UNAVAILABLE: {
    status: 503,
    cause: 'A part of the system is temporarily unavailable.',
    cure: 'Retry in a moment: the request took effect completely or not at all.',
  },
  INTERNAL: {
    status: 500,
    cause: 'An unexpected error, which was logged.',
    cure: 'Report the `errorId` of the error.',
  },
} as const

/** Codes of invalid requests, refused before their operation runs. */
export const PROTOCOL_CODES = {
  BAD_REQUEST: {
    status: 400,
    cause: 'The request is not a valid GraphQL request: invalid JSON, no query, or an unknown parameter.',
    cure: 'Send `{"query": …, "variables": …}` as `application/json`.',
  },
  GRAPHQL_PARSE_FAILED: {
    status: 400,
    cause: 'The query has a syntax error.',
    cure: 'Correct it at the line and column that the message and `locations` name.',
  },
  GRAPHQL_VALIDATION_FAILED: {
    status: 400,
    cause: 'The query does not fit the schema.',
    cure: 'Correct it by the message; `/schema.graphql` is the whole schema.',
  },
  OPERATION_RESOLUTION_FAILURE: {
    status: 400,
    cause: 'The document has no operation of the given name, or several operations and no name was given.',
    cure: 'Name one of its operations in `operationName`.',
  },
  CSRF_HEADER_MISSING: {
    status: 403,
    cause: 'A page of another origin could have sent the request.',
    cure: 'Send `application/json` by POST, or the header `x-graphql-yoga-csrf: 1`.',
  },
  METHOD_NOT_ALLOWED: {
    status: 405,
    cause: 'The operation cannot be sent with this HTTP method.',
    cure: 'Send it by POST; queries may also be sent by GET.',
  },
  NOT_ACCEPTABLE: {
    status: 406,
    cause: 'The answer is not available in any type of `Accept`.',
    cure: 'Accept `application/json`, or `text/event-stream` for subscriptions.',
  },
  REQUEST_TIMEOUT: {
    status: 408,
    cause: 'The body was sent too slowly.',
    cure: 'Send the request again, over a better connection.',
  },
  PAYLOAD_TOO_LARGE: {
    status: 413,
    cause: 'The body is larger than 1 MB, or a file larger than 10 MB.',
    cure: 'Send less at a time.',
  },
  UNSUPPORTED_MEDIA_TYPE: {
    status: 415,
    cause: 'The content type of the body is not supported.',
    cure: 'Send `application/json`, or `multipart/form-data` with a file.',
  },
} as const

export type ProtocolCode = keyof typeof PROTOCOL_CODES
export type ErrorCode = keyof typeof ERROR_CODES

type AppErrorOptions = ErrorOptions & { extensions?: Record<string, unknown>; headers?: Record<string, string> }

/** An error of the catalogue. Its message is safe to show and says what to do. */
export class AppError extends Error {
  readonly code: ErrorCode
  /** Details for programs, beside the code. */
  readonly extensions: Record<string, unknown> | undefined
  /** Headers of an HTTP answer. */
  readonly headers: Record<string, string> | undefined
  constructor(code: ErrorCode, message: string, { extensions, headers, ...options }: AppErrorOptions = {}) {
    super(message, options)
    this.name = 'AppError'
    this.code = code
    this.extensions = extensions
    this.headers = headers
  }
}

/** An expected outcome, part of a mutation's result union. Subclasses carry the details that clients need. */
export class DomainError extends Error {
  constructor(message: string) {
    super(message)
    this.name = new.target.name
  }
}

export class NotFoundError extends DomainError {}

export type ValidationIssue = { path: string; message: string }

export class ValidationError extends DomainError {
  readonly issues: ValidationIssue[]
  constructor(issues: ValidationIssue[]) {
    super(issues.map((issue) => `${issue.path}: ${issue.message}`).join('; '))
    this.issues = issues
  }
}

/** Validates `value` with a zod schema. Paths of issues begin with `root`. @throws ValidationError */
export function parseInput<T>(
  schema: { safeParse: (value: unknown) => ParseResult<T> },
  value: unknown,
  root = 'input',
): T {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  throw new ValidationError(
    parsed.error.issues.map((issue) => ({ path: [root, ...issue.path.map(String)].join('.'), message: issue.message })),
  )
}
type ParseResult<T> =
  | { success: true; data: T }
  | { success: false; error: { issues: { path: PropertyKey[]; message: string }[] } }
