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
import { costOf, sizesAmong, type Cost } from './cost.ts'
import { sizeOf } from './measure.ts'
import { protocolRefusal, refusal, withOneStatus } from './refusals.ts'
import { assertLiteralTexts, assertTexts, brokenLiteral } from './texts.ts'

/** What one document may be and cost. They hold over HTTP and over the socket alike. */
export const LIMITS = {
  tokens: 2_000,
  aliases: 30,
  directives: 30,
  depth: 12,
  cost: 5_000,
  documentBytes: 20_000,
  /** Fields and fragments, once every fragment is written out where it is spread. */
  selections: 5_000,
  /** Pairs of fields under one name and of fragments side by side, which validation compares with all below them. */
  pairs: 5_000,
  /** Mistakes of one document that are told; looking for names that were meant takes long. */
  mistakes: 20,
} as const

/**
 * Refuses documents by what they hold, in the order in which looking costs: characters, tokens, size once written out.
 * Whatever walks over a document later meets a bounded number of selections.
 */
export const documentLimits = (): Plugin[] =>
  [
    {
      onParse: ({ params: { source } }: { params: { source: string | Source } }) => {
        const text = typeof source === 'string' ? source : source.body
        assertBrief(text)
        return ({ result }: { result: DocumentNode | Error | null }) => {
          if (result instanceof GraphQLError) throw brokenLiteral(text, result) ?? syntaxError(result)
          if (result && !(result instanceof Error)) assertSmall(text, result)
        }
      },
      onValidate: ({ context, setValidationFn }) => {
        const { anonymous } = context as { anonymous?: boolean }
        setValidationFn(((schema, document, rules) =>
          validate(schema, document, sizeOf(document, LIMITS.selections).cyclic ? CYCLE_RULES : rules, {
            maxErrors: LIMITS.mistakes,
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

/** What refuses every document with a fragment that spreads itself. Other rules need not end on one. */
const CYCLE_RULES = [UniqueFragmentNamesRule, NoFragmentCyclesRule]

/** Before anything looks at it: what is too long is not worth a lexer. */
function assertBrief({ length }: string): void {
  if (length > LIMITS.documentBytes)
    throw tooComplex(`The size of the document is ${length} characters; ${LIMITS.documentBytes} are allowed.`)
}

const accepted = new WeakSet<DocumentNode>()

function assertSmall(text: string, document: DocumentNode): void {
  if (accepted.has(document)) return
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
  assertLiteralTexts(text, document)
  accepted.add(document)
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

/** graphql-js gives up comparing fields with this message. */
const ABORTED = 'Validation aborted.'

function invalid(error: GraphQLError): GraphQLError {
  if (error.extensions.code) return error
  if (error.message === ABORTED) return tooComplex('Validating the document takes too long; ask for fewer fields.')
  return protocolRefusal('GRAPHQL_VALIDATION_FAILED', error.message, error)
}

type Judged = Pick<ExecutionArgs, 'schema' | 'document' | 'operationName' | 'variableValues'>
const known = new WeakMap<DocumentNode, Map<string, Cost>>()

/**
 * Refuses an operation before anything runs: one that is not in the document, texts that cannot be stored, and what
 * would cost too much. Judged once per document and page sizes. Answers the cost in points.
 *
 * @throws GraphQLError OPERATION_RESOLUTION_FAILURE, ValidationError, or AppError QUERY_TOO_COMPLEX.
 */
export function judgeOperation({ schema, document, operationName, variableValues }: Judged): number {
  const operation = getOperationAST(document, operationName)
  if (!operation)
    throw protocolRefusal('OPERATION_RESOLUTION_FAILURE', 'Could not determine what operation to execute.')
  const variables = variableValues ?? {}
  assertTexts(variables)
  const sizes = sizesAmong(operation, variables)
  const key = JSON.stringify([operationName ?? null, sizes])
  const costs = known.get(document) ?? new Map<string, Cost>()
  known.set(document, costs)
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
