import { getOperationAST, type ExecutionArgs, type ExecutionResult } from 'graphql'
import type { Meter } from '../rate-limit/meter.ts'
import type { RequestContext } from './context.ts'
import { costWithinLimits } from './limits.ts'
import { addErrorCodes } from './variable-errors.ts'

/** An operation with its request's context. */
export type Operation = Pick<ExecutionArgs, 'schema' | 'document' | 'operationName' | 'variableValues' | 'contextValue'>

/**
 * Charges an operation before anything runs; a second call for the same context charges nothing. Returns the caller's meter;
 * synchronous for callers without one.
 *
 * @throws GraphQLError or AppError when the operation is refused (`costWithinLimits`, `Meter.charge`).
 */
export function chargeOperation(operation: Operation): Meter | undefined | Promise<Meter> {
  const { meter } = operation.contextValue as RequestContext
  const cost = costWithinLimits(operation)
  return meter?.charge(cost).then(() => meter)
}

/** Adds codes to errors of variables, and `extensions.cost` for callers with a meter. */
export function completeAnswer(
  { document, operationName, contextValue }: Operation,
  result: ExecutionResult,
  meter: Meter | undefined,
): ExecutionResult {
  const answer = addErrorCodes(result, (contextValue as RequestContext).actor)
  if (!meter) return answer
  const kind = getOperationAST(document, operationName)?.operation
  const cost = meter.settle(answer.data, kind === 'mutation' ? 'mutation' : 'query')
  return cost ? { ...answer, extensions: { ...answer.extensions, cost } } : answer
}
