import { BREAK, GraphQLError, type ASTVisitor, type ExecutionResult, type ValidationContext } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import type { Actor } from '../auth/actor.ts'
import type { RequestContext } from './context.ts'

/** Known before the document is looked at: yoga builds the rest of the context only after validation. */
export type AnonymousContext = { anonymous: boolean }

/** Refuses to tell the schema. A rule, since yoga remembers results by document and rules: what one is refused, others get. */
const hideSchema = (context: ValidationContext): ASTVisitor => ({
  Field: ({ name }) => {
    if (name.value !== '__schema' && name.value !== '__type') return undefined
    context.reportError(introspectionClosed())
    return BREAK
  },
})

/**
 * What the schema holds is told to keys and staff, not to nobody-at-all: anonymous callers get no introspection and no
 * suggestions in error messages.
 */
export function useAnonymousLimits(): Plugin<AnonymousContext> {
  return {
    onValidate: ({ context, addValidationRule }) => {
      if (!context.anonymous) return undefined
      addValidationRule(hideSchema)
      return ({ valid, result, setResult }) => {
        if (!valid) setResult((result as GraphQLError[]).map(withoutSuggestion))
      }
    },
    onExecute: ({ args }) => {
      if ((args.contextValue as unknown as RequestContext).actor) return undefined
      return {
        // Wrong variables are found only here.
        onExecuteDone: ({ result, setResult }) => {
          const { errors, ...rest } = result as ExecutionResult
          if (errors) setResult({ ...rest, errors: errors.map(withoutSuggestion) })
        },
      }
    },
  }
}

const introspectionClosed = () =>
  new GraphQLError(
    'Introspection is for keys and signed-in staff: send "Authorization: Bearer <key>". The schema is also at /schema.graphql.',
    {
      // `spec: false`: also where the GraphQL over HTTP draft would have a validation error answered with 200.
      extensions: { code: 'UNAUTHENTICATED', http: { status: 401, spec: false } },
    },
  )

/** What was thrown, as the actor may see it. */
export const shownTo = (actor: Actor | null, thrown: unknown): unknown =>
  actor === null && thrown instanceof GraphQLError ? withoutSuggestion(thrown) : thrown

function withoutSuggestion(error: GraphQLError): GraphQLError {
  const message = error.message.replace(/ ?Did you mean .+$/s, '')
  if (message === error.message) return error
  const { nodes, source, positions, path, extensions } = error
  return new GraphQLError(message, { nodes, source, positions, path, extensions })
}
