import { randomUUID } from 'node:crypto'
import { GraphQLError } from 'graphql'
import { isUnreachable, isUnstorable, isWaitTimeout } from '../db/errors.ts'
import { isRedisUnavailable } from '../db/redis.ts'
import { AppError, type DomainError, NotFoundError, ValidationError, type ValidationIssue } from '../errors.ts'
import type { Logger } from '../logger.ts'
import { builder } from './builder.ts'
import { refusal } from './refusals.ts'

/** The interface of all typed errors of mutations. */
export const ErrorInterface = builder.interfaceRef<DomainError>('Error').implement({
  description: 'An expected outcome of a mutation other than success, which clients handle by its type.',
  fields: (t) => ({
    message: t.exposeString('message', { description: 'The reason and what to do, in English, for people.' }),
  }),
})

export const ValidationIssueType = builder.objectRef<ValidationIssue>('ValidationIssue').implement({
  description: 'One invalid value of an input.',
  fields: (t) => ({
    path: t.exposeString('path', {
      description: 'Path of the value from the argument on, e.g. `input.lines.0.quantity`.',
    }),
    message: t.exposeString('message', { description: 'The reason the value is refused, in English, for people.' }),
  }),
})

builder.objectType(ValidationError, {
  name: 'ValidationError',
  description: 'The input is invalid. Nothing was changed; every issue is listed.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    issues: t.field({
      type: [ValidationIssueType],
      description: 'All issues of the input, at least one.',
      resolve: (error) => error.issues,
    }),
  }),
})

builder.objectType(NotFoundError, {
  name: 'NotFoundError',
  description: 'Nothing with this id exists in your shop.',
  interfaces: [ErrorInterface],
})

/** Most locks are free again after two seconds. */
const BUSY_ADVICE = { extensions: { retryAfterSeconds: 2 }, headers: { 'retry-after': '2' } }

/**
 * Maps thrown errors to errors that clients may see. Refusals keep their code, and GraphQL errors their message; every other
 * error is logged under an id, and the client receives the id only.
 */
export function createErrorMask(logger: Logger, requestId: () => string | null) {
  return (thrown: unknown): GraphQLError => {
    const source = thrown instanceof GraphQLError ? thrown : null
    const cause = source?.originalError ?? (source ? null : thrown)
    if (cause instanceof AppError) return refusal(cause.code, cause.message, source, cause)
    if (cause instanceof ValidationError)
      return refusal('BAD_INPUT', cause.message, source, { extensions: { issues: cause.issues } })
    if (cause instanceof NotFoundError) return refusal('NOT_FOUND', cause.message, source)
    if (source && !cause) return source
    // `source` adds the name of the variable to a scalar's message, and the path to a resolver's error.
    if (cause instanceof GraphQLError) return source ?? cause
    if (isUnreachable(cause)) {
      logger.warn({ err: cause, requestId: requestId() }, 'database unreachable')
      return refusal(
        'UNAVAILABLE',
        'The database cannot be reached at the moment. Nothing was changed; try again shortly.',
        source,
      )
    }
    if (isWaitTimeout(cause)) {
      logger.warn({ err: cause, requestId: requestId() }, 'a lock or a connection did not become free in time')
      return refusal(
        'UNAVAILABLE',
        'Another change of the same data is still running. Nothing was changed; try again in a few seconds.',
        source,
        BUSY_ADVICE,
      )
    }
    if (isRedisUnavailable(cause)) {
      logger.debug({ err: cause, requestId: requestId() }, 'Redis cannot be used')
      return refusal('UNAVAILABLE', 'The job queue cannot be reached at the moment; try again shortly.', source)
    }
    if (isUnstorable(cause))
      return refusal('BAD_INPUT', 'A text contains a NUL character or half of a surrogate pair; remove it.', source)
    const errorId = randomUUID()
    logger.error({ err: cause, errorId, requestId: requestId() }, 'unexpected error')
    return refusal('INTERNAL', `Something went wrong on our side. Report this id: ${errorId}`, source, {
      extensions: { errorId },
    })
  }
}
