import { randomUUID } from 'node:crypto'
import { GraphQLError } from 'graphql'
import { isUnreachable, isUnstorable, isWaitInVain } from '../db/errors.ts'
import { isRedisAway } from '../db/redis.ts'
import { AppError, type DomainError, NotFoundError, ValidationError, type ValidationIssue } from '../errors.ts'
import type { Logger } from '../logger.ts'
import { builder } from './builder.ts'
import { refusal } from './refusals.ts'

/** What every typed outcome of a mutation has in common. */
export const ErrorInterface = builder.interfaceRef<DomainError>('Error').implement({
  description: 'An outcome other than success that a client is expected to handle.',
  fields: (t) => ({ message: t.exposeString('message', { description: 'What was wrong and what to do.' }) }),
})

export const ValidationIssueType = builder.objectRef<ValidationIssue>('ValidationIssue').implement({
  description: 'One thing wrong with an input.',
  fields: (t) => ({
    path: t.exposeString('path', { description: 'Where in the input, e.g. `input.address`.' }),
    message: t.exposeString('message', { description: 'What was wrong and what to do.' }),
  }),
})

builder.objectType(ValidationError, {
  name: 'ValidationError',
  description: 'The input was understood but cannot be accepted; every issue is listed.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    issues: t.field({
      type: [ValidationIssueType],
      description: 'Everything wrong with the input.',
      resolve: (error) => error.issues,
    }),
  }),
})

builder.objectType(NotFoundError, {
  name: 'NotFoundError',
  description: 'Nothing with this id exists in your shop.',
  interfaces: [ErrorInterface],
})

/** A lock is mostly free again by then. */
const BUSY_ADVICE = { extensions: { retryAfterSeconds: 2 }, headers: { 'retry-after': '2' } }

/**
 * Turns whatever was thrown into what a client may see: refusals keep their code, documents' own faults their message,
 * and everything else becomes an error id that leads to the log.
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
    // The words of a scalar stand in a message that names the variable; a resolver's refusal has its path.
    if (cause instanceof GraphQLError) return source ?? cause
    if (isUnreachable(cause)) {
      logger.warn({ err: cause, requestId: requestId() }, 'database unreachable')
      return refusal(
        'UNAVAILABLE',
        'The database cannot be reached at the moment. Nothing was changed; try again shortly.',
        source,
      )
    }
    if (isWaitInVain(cause)) {
      logger.warn({ err: cause, requestId: requestId() }, 'other work stands in the way')
      return refusal(
        'UNAVAILABLE',
        'Other work on the same is still under way. Nothing was changed; try again in a few seconds.',
        source,
        BUSY_ADVICE,
      )
    }
    if (isRedisAway(cause)) {
      logger.debug({ err: cause, requestId: requestId() }, 'Redis cannot be used')
      return refusal('UNAVAILABLE', 'The queue of jobs cannot be reached at the moment; try again shortly.', source)
    }
    if (isUnstorable(cause))
      return refusal('BAD_INPUT', 'A text holds a NUL character or half of a surrogate pair; leave it out.', source)
    const errorId = randomUUID()
    logger.error({ err: cause, errorId, requestId: requestId() }, 'unexpected error')
    return refusal('INTERNAL', `Something went wrong on our side. Report this id: ${errorId}`, source, {
      extensions: { errorId },
    })
  }
}
