import type { GraphQLError } from 'graphql'
import { randomUUID } from 'node:crypto'
import { AppError, ERROR_CODES, PROTOCOL_CODES, type ErrorCode } from '../errors.ts'
import type { Logger } from '../logger.ts'
import { RequestError } from './graphql-request.ts'

/** A response that the edge sends without yoga. */
export type Answer = { status: number; body: string; headers?: Record<string, string> | undefined }

type Refusal = {
  code: string
  status: number
  message: string
  extensions?: object | undefined
  headers?: Record<string, string> | undefined
}

/** Errors that fastify throws before a handler runs, by their codes. */
const FASTIFY_ERRORS: Record<string, RequestError> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: new RequestError('UNSUPPORTED_MEDIA_TYPE', 'Send the body as application/json.'),
  FST_ERR_CTP_BODY_TOO_LARGE: new RequestError(
    'PAYLOAD_TOO_LARGE',
    'The body is larger than 1 MB; send less at a time.',
  ),
  FST_ERR_CTP_EMPTY_JSON_BODY: new RequestError('BAD_REQUEST', 'The body is empty; send {"query": …} as JSON.'),
}

/** Turns errors thrown before an operation runs into a GraphQL answer with a code of the catalogue. */
export function refusalAnswer(error: unknown, logger: Logger, requestId: string): Answer {
  const { code, status, message, extensions, headers } = refusalOf(error, logger, requestId)
  return { status, headers, body: JSON.stringify({ errors: [{ message, extensions: { ...extensions, code } }] }) }
}

function refusalOf(thrown: unknown, logger: Logger, requestId: string): Refusal {
  const { code = '', statusCode } = thrown as { code?: string; statusCode?: number }
  const error = FASTIFY_ERRORS[code] ?? thrown
  if (error instanceof RequestError) {
    const { message, headers } = error
    return { code: error.code, status: PROTOCOL_CODES[error.code].status, message, headers }
  }
  if (error instanceof AppError) {
    const { message, extensions, headers } = error
    return { code: error.code, status: ERROR_CODES[error.code].status, message, extensions, headers }
  }
  // All other errors of fastify and its JSON parser with status 400 concern the body.
  if (statusCode === 400)
    return {
      code: 'BAD_REQUEST',
      status: 400,
      message: `The body is not valid JSON: ${(error as Error).message}`,
    }
  const errorId = randomUUID()
  logger.error({ err: error, errorId, requestId }, 'unexpected error')
  return {
    code: 'INTERNAL' satisfies ErrorCode,
    status: 500,
    message: `Something went wrong on our side. Report this id: ${errorId}`,
    extensions: { errorId },
  }
}

/** The answer of an execution. `extensions.http` of errors sets the status and headers, and is removed. */
export function executionAnswer(result: { errors?: readonly GraphQLError[] | undefined }): Answer {
  if (!result.errors) return { status: 200, body: JSON.stringify(result) }
  let status = 0
  const headers: Record<string, string> = {}
  const errors = result.errors.map((error) => {
    const { http, ...extensions } = error.extensions as {
      http?: { status?: number; headers?: Record<string, string> }
    }
    // The answer has the highest status of all errors.
    status = Math.max(status, http?.status ?? 0)
    Object.assign(headers, http?.headers)
    const { extensions: _all, ...rest } = error.toJSON()
    return Object.keys(extensions).length > 0 ? { ...rest, extensions } : rest
  })
  return { status: status || 200, headers, body: JSON.stringify({ ...result, errors }) }
}
