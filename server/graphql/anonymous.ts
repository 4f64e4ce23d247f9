import { GraphQLError, NoSchemaIntrospectionCustomRule, validate, type DocumentNode, type ExecutionResult, type GraphQLSchema } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import type { Actor } from '../auth/actor.ts'
import type { RequestContext } from './context.ts'

/** Known before the document is looked at: yoga builds the rest of the context only after validation. */
export type AnonymousContext = { anonymous: boolean }

const introspective = new WeakMap<DocumentNode, boolean>()

function asksForSchema(schema: GraphQLSchema, document: DocumentNode): boolean {
  const known = introspective.get(document)
  if (known !== undefined) return known
  const asks = validate(schema, document, [NoSchemaIntrospectionCustomRule]).length > 0
  introspective.set(document, asks)
  return asks
}

/**
 * What the schema holds is told to keys and staff, not to nobody-at-all: anonymous callers get no introspection and no
 * suggestions in error messages. Judged after validation, whose results yoga remembers per document for everybody.
 */
export function useAnonymousLimits(): Plugin<AnonymousContext> {
  return {
    onValidate: ({ context, params }) => {
      if (!context.anonymous) return undefined
      const { schema, documentAST } = params as { schema: GraphQLSchema; documentAST: DocumentNode }
      return ({ valid, result, setResult }) => {
        if (!valid) setResult((result as GraphQLError[]).map(withoutSuggestion))
        else if (asksForSchema(schema, documentAST)) setResult([introspectionClosed()])
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
  new GraphQLError('Introspection is for keys and signed-in staff: send "Authorization: Bearer <key>". The schema is also at /schema.graphql.', {
    extensions: { code: 'UNAUTHENTICATED', http: { status: 401 } },
  })

/** What was thrown, as the actor may see it. */
export const shownTo = (actor: Actor | null, thrown: unknown): unknown =>
  actor === null && thrown instanceof GraphQLError ? withoutSuggestion(thrown) : thrown

function withoutSuggestion(error: GraphQLError): GraphQLError {
  const message = error.message.replace(/ ?Did you mean .+$/s, '')
  if (message === error.message) return error
  const { nodes, source, positions, path, extensions } = error
  return new GraphQLError(message, { nodes, source, positions, path, extensions })
}
