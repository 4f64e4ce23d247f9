import {
  getOperationAST,
  GraphQLError,
  Kind,
  visit,
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  type GraphQLSchema,
} from 'graphql'
import { compileQuery, isCompiledQuery, type CompiledQuery } from 'graphql-jit'
import { fragmentsOf } from './measure.ts'
import { collectRootFields } from './root-field.ts'

type Entry = { uses: number; compiled?: CompiledQuery | null }

// Compiling a document saves more time than it takes from about the third use.
const MIN_USES = 3
const entries = new WeakMap<DocumentNode, Map<string, Entry>>()

/**
 * Executes frequent operations with functions that graphql-jit compiles from their documents. Documents are identified by
 * reference (yoga's parser cache keeps one per text). The plain executor runs mutations with several fields at the root: after
 * a failed one graphql-js runs no further field, and graphql-jit would. A compiled subscription answers for one event, which
 * is the root value; yoga never executes one.
 *
 * The plain executor spends more time on a list of 20 orders than the database does. graphql-jit's compiled serialiser is
 * off: it knows no custom scalars, and JSON.stringify is as fast.
 */
export function compiledExecute(execute: (args: ExecutionArgs) => unknown) {
  return (args: ExecutionArgs): unknown => {
    const result = executeCompiled(args)
    return result === null ? execute(args) : result
  }
}

/** The answer of the compiled operation; null, with nothing executed, when the plain executor must answer. */
export function executeCompiled(args: ExecutionArgs): ExecutionResult | Promise<ExecutionResult> | null {
  const compiled = compiledQuery(args.schema, args.document, args.operationName ?? '')
  if (!compiled) return null
  const result = compiled.query(args.rootValue, args.contextValue, args.variableValues) as
    | ExecutionResult
    | Promise<ExecutionResult>
  if (result instanceof Promise)
    return result.then((answer) => (answer.errors ? withPositions(answer, args.document) : answer))
  // Without data nothing has run: the variables are invalid, which the plain executor explains better.
  return 'data' in result ? withPositions(result, args.document) : null
}

/** Whether the operation has been compiled. */
export const isCompiled = (document: DocumentNode, operationName = ''): boolean =>
  Boolean(entries.get(document)?.get(operationName)?.compiled)

function compiledQuery(schema: GraphQLSchema, document: DocumentNode, operationName: string): CompiledQuery | null {
  const byName = entries.get(document) ?? new Map<string, Entry>()
  entries.set(document, byName)
  const entry = byName.get(operationName) ?? { uses: 0 }
  byName.set(operationName, entry)
  entry.uses++
  if (entry.compiled === undefined && entry.uses >= MIN_USES) entry.compiled = compile(schema, document, operationName)
  return entry.compiled ?? null
}

function compile(schema: GraphQLSchema, document: DocumentNode, operationName: string): CompiledQuery | null {
  const operation = getOperationAST(document, operationName || null)
  if (!operation || !isCompilable(document)) return null
  if (operation.operation === 'mutation' && collectRootFields(operation, fragmentsOf(document), null).size !== 1)
    return null
  const compiled = compileQuery(schema, document, operationName || undefined)
  return isCompiledQuery(compiled) ? compiled : null
}

/**
 * Whether graphql-jit compiles a document correctly. Its functions build answers as object literals, in which `__proto__`
 * sets the prototype, and look names up in plain objects, which inherit `constructor` and other names.
 */
function isCompilable(document: DocumentNode): boolean {
  let compilable = true
  visit(document, {
    enter: (node) => {
      if (node.kind === Kind.NAME && node.value in Object.prototype) compilable = false
    },
  })
  return compilable
}

/** Converts the lines and columns that compiled functions report to positions in the source, as other errors have them. */
function withPositions(answer: ExecutionResult, { loc }: DocumentNode): ExecutionResult {
  if (!answer.errors || !loc) return answer
  const { source } = loc
  const lines = [0, ...[...source.body.matchAll(/\r\n|[\n\r]/g)].map(({ index, 0: { length } }) => index + length)]
  const errors = answer.errors.map((error) => {
    const { message, locations, path, originalError } = error
    if (error.nodes || error.positions || !locations) return error
    const positions = locations.map(({ line, column }) => (lines[line - 1] ?? 0) + column - 1)
    return new GraphQLError(message, { source, positions, path, originalError })
  })
  return { ...answer, errors }
}
