import { GraphQLError, type ExecutionResult } from 'graphql'
import type { Actor } from '../auth/actor.ts'
import { hideSuggestions } from './anonymous.ts'
import { refusal } from './refusals.ts'

/**
 * Adds the code BAD_INPUT to errors of variables, which execution reports without a code: such errors have no data in the
 * answer, and no resolver has thrown them.
 */
export function addErrorCodes(result: ExecutionResult, actor: Actor | null): ExecutionResult {
  if ('data' in result || !result.errors) return result
  const needsNoCode = ({ originalError, extensions }: GraphQLError) =>
    extensions.code !== undefined || (originalError !== undefined && !(originalError instanceof GraphQLError))
  return {
    ...result,
    errors: result.errors.map((error) =>
      needsNoCode(error) ? error : refusal('BAD_INPUT', hideSuggestions(actor, error.message), error),
    ),
  }
}
