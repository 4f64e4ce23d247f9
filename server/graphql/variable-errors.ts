import { GraphQLError, type ExecutionResult } from 'graphql'
import type { Actor } from '../auth/actor.ts'
import { messageFor } from './anonymous.ts'
import { refusal } from './refusals.ts'

/**
 * Gives wrong variables, which are found only by execution, their code. An answer without data, whose errors nobody threw
 * or a scalar did, means that variables do not fit.
 */
export function withCodes(result: ExecutionResult, actor: Actor | null): ExecutionResult {
  if ('data' in result || !result.errors) return result
  const isOurs = ({ originalError, extensions }: GraphQLError) =>
    extensions.code !== undefined || (originalError !== undefined && !(originalError instanceof GraphQLError))
  return {
    ...result,
    errors: result.errors.map((error) =>
      isOurs(error) ? error : refusal('BAD_INPUT', messageFor(actor, error.message), error),
    ),
  }
}
