import { maxTokensPlugin } from '@escape.tech/graphql-armor-max-tokens'
import {
  getOperationAST,
  GraphQLError,
  NoFragmentCyclesRule,
  UniqueFragmentNamesRule,
  validate,
  type DocumentNode,
  type ExecutionArgs,
  type Source,
} from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { AppError } from '../errors.ts'
import { costOf, numericVariables, type Cost } from './cost.ts'
import { sizeOf } from './measure.ts'
import { protocolRefusal, refusal, withOneStatus } from './refusals.ts'
import { assertStorableLiterals, assertStorableVariables, unstorableLiteralError } from './texts.ts'

/** Limits of one document, over HTTP and WebSocket alike. */
export const LIMITS = {
  tokens: 2_000,
  aliases: 30,
  directives: 30,
  depth: 12,
  cost: 5_000,
  documentBytes: 20_000,
  /** Fields and fragments after expanding every fragment spread. */
  selections: 5_000,
  /** Pairs of fields with the same response name and pairs of sibling fragments, which validation compares recursively. */
  pairs: 5_000,
  /** Validation errors that are reported, because graphql-js searches suggestions slowly. */
  errors: 20,
} as const

/**
 * Refuses documents that are too large, cheapest check first: characters, tokens, size with fragments expanded. All later
 * walks over a document therefore visit a limited number of selections.
 */
export const documentLimits = (): Plugin[] =>
  [
    {
      onParse: ({ params: { source } }: { params: { source: string | Source } }) => {
        const text = typeof source === 'string' ? source : source.body
        assertDocumentLength(text)
        return ({ result }: { result: DocumentNode | Error | null }) => {
          if (result instanceof GraphQLError) throw unstorableLiteralError(text, result) ?? syntaxError(result)
          if (result && !(result instanceof Error)) assertDocumentSize(text, result)
        }
      },
      onValidate: ({ context, setValidationFn }) => {
        const { anonymous } = context as { anonymous?: boolean }
        setValidationFn(((schema, document, rules) =>
          validate(schema, document, sizeOf(document, LIMITS.selections).cyclic ? CYCLE_RULES : rules, {
            maxErrors: LIMITS.errors,
            hideSuggestions: anonymous === true,
          })) satisfies typeof validate)
        return ({ valid, result, setResult }) => {
          if (!valid) setResult((result as GraphQLError[]).map((error) => withOneStatus(invalid(error))))
        }
      },
    } satisfies Plugin,
    maxTokensPlugin({
      n: LIMITS.tokens,
      propagateOnRejection: false,
      onReject: [
        () => {
          throw tooMany('tokens')
        },
      ],
    }),
  ] as unknown as Plugin[]

/** The rules that refuse cyclic fragments. Other rules may not terminate on them. */
const CYCLE_RULES = [UniqueFragmentNamesRule, NoFragmentCyclesRule]

/** The first check, before the lexer runs. */
function assertDocumentLength({ length }: string): void {
  if (length > LIMITS.documentBytes)
    throw tooComplex(`The size of the document is ${length} characters; ${LIMITS.documentBytes} are allowed.`)
}

const checkedDocuments = new WeakSet<DocumentNode>()

function assertDocumentSize(text: string, document: DocumentNode): void {
  if (checkedDocuments.has(document)) return
  const { selections, aliases, directives, pairs } = sizeOf(document, LIMITS.selections)
  if (selections > LIMITS.selections)
    throw tooComplex(
      `With its fragments written out, the document holds more than ${LIMITS.selections} fields and fragments.`,
    )
  if (aliases > LIMITS.aliases) throw tooMany('aliases')
  if (directives > LIMITS.directives) throw tooMany('directives')
  if (pairs > LIMITS.pairs)
    throw tooComplex(
      'The document has too many fields of one name, or fragments side by side; ask for each field once.',
    )
  assertStorableLiterals(text, document)
  checkedDocuments.add(document)
}

const tooMany = (what: 'tokens' | 'aliases' | 'directives') =>
  tooComplex(`The document holds more than ${LIMITS[what]} ${what}.`)

const tooComplex = (message: string) => refusal('QUERY_TOO_COMPLEX', message)

/** Refusals that have a code, such as too many tokens, stay as they are. */
function syntaxError(error: GraphQLError): GraphQLError {
  if (error.extensions.code) return error
  const reason = error.message.replace(/^Syntax Error: /, '').replace(/\.$/, '')
  const [at] = error.locations ?? []
  const place = at ? ` (line ${at.line}, column ${at.column})` : ''
  return protocolRefusal('GRAPHQL_PARSE_FAILED', `Syntax error in the query: ${reason}${place}.`, error)
}

/** The message with which graphql-js stops comparing fields. */
const ABORTED = 'Validation aborted.'

function invalid(error: GraphQLError): GraphQLError {
  if (error.extensions.code) return error
  if (error.message === ABORTED) return tooComplex('Validating the document takes too long; ask for fewer fields.')
  return protocolRefusal('GRAPHQL_VALIDATION_FAILED', error.message, error)
}

type OperationArgs = Pick<ExecutionArgs, 'schema' | 'document' | 'operationName' | 'variableValues'>
const costsByDocument = new WeakMap<DocumentNode, Map<string, Cost>>()

/**
 * The cost of an operation in points, computed before it runs, once per document and page sizes. Refuses operations that are
 * not in the document, hold texts that cannot be stored, or are too deep or too costly.
 *
 * @throws GraphQLError OPERATION_RESOLUTION_FAILURE, ValidationError, or AppError QUERY_TOO_COMPLEX.
 */
export function costWithinLimits({ schema, document, operationName, variableValues }: OperationArgs): number {
  const operation = getOperationAST(document, operationName)
  if (!operation)
    throw protocolRefusal('OPERATION_RESOLUTION_FAILURE', 'Could not determine what operation to execute.')
  const variables = variableValues ?? {}
  assertStorableVariables(variables)
  const sizes = numericVariables(operation, variables)
  const key = JSON.stringify([operationName ?? null, sizes])
  const costs = costsByDocument.get(document) ?? new Map<string, Cost>()
  costsByDocument.set(document, costs)
  let cost = costs.get(key)
  if (!cost) {
    cost = costOf(schema, document, { operation, sizes })
    if (costs.size < 100) costs.set(key, cost)
  }
  if (cost.depth > LIMITS.depth)
    throw new AppError('QUERY_TOO_COMPLEX', `The document is ${cost.depth} levels deep; ${LIMITS.depth} are allowed.`)
  if (cost.points > LIMITS.cost) {
    throw new AppError(
      'QUERY_TOO_COMPLEX',
      `The document costs ${cost.points}; ${LIMITS.cost} is allowed. Ask for fewer fields or smaller pages.`,
    )
  }
  return cost.points
}
