import { getOperationAST, type DocumentNode, type ExecutionArgs, type ExecutionResult, type GraphQLSchema } from 'graphql'
import { compileQuery, isCompiledQuery, type CompiledQuery } from 'graphql-jit'

type Entry = { uses: number; compiled?: CompiledQuery | null }
type Result = ExecutionResult & { stringify?: (result: ExecutionResult) => string }

// The third use proves a document worth compiling; a one-off is not.
const WORTHWHILE = 3
const entries = new WeakMap<DocumentNode, Map<string, Entry>>()

/**
 * Executes queries through functions compiled from their document, with a serialiser compiled alike. Documents are known
 * by identity (yoga's parser cache keeps one per text). Mutations and subscriptions are executed as ever.
 */
export function compiledExecute(execute: (args: ExecutionArgs) => unknown) {
  return (args: ExecutionArgs): unknown => {
    const compiled = compiledQuery(args.schema, args.document, args.operationName ?? '')
    if (!compiled) return execute(args)
    const result = compiled.query(args.rootValue, args.contextValue, args.variableValues) as Result | Promise<Result>
    return result instanceof Promise ? result.then((settled) => withStringify(settled, compiled)) : withStringify(result, compiled)
  }
}

// Errors carry extensions the compiled serialiser does not know of; they take the ordinary way.
function withStringify(result: Result, compiled: CompiledQuery): Result {
  return result.errors ? result : { ...result, stringify: compiled.stringify }
}

function compiledQuery(schema: GraphQLSchema, document: DocumentNode, operationName: string): CompiledQuery | null {
  const byName = entries.get(document) ?? new Map<string, Entry>()
  entries.set(document, byName)
  const entry = byName.get(operationName) ?? { uses: 0 }
  byName.set(operationName, entry)
  entry.uses++
  if (entry.compiled === undefined && entry.uses >= WORTHWHILE) entry.compiled = compile(schema, document, operationName)
  return entry.compiled ?? null
}

function compile(schema: GraphQLSchema, document: DocumentNode, operationName: string): CompiledQuery | null {
  if (getOperationAST(document, operationName || null)?.operation !== 'query') return null
  const compiled = compileQuery(schema, document, operationName || undefined, { customJSONSerializer: true })
  return isCompiledQuery(compiled) ? compiled : null
}
