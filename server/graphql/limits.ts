import { maxAliasesPlugin } from '@escape.tech/graphql-armor-max-aliases'
import { maxDirectivesPlugin } from '@escape.tech/graphql-armor-max-directives'
import { maxTokensPlugin } from '@escape.tech/graphql-armor-max-tokens'
import { complexityFromQuery } from '@pothos/plugin-complexity'
import {
  getOperationAST,
  GraphQLError,
  Kind,
  visit,
  type DocumentNode,
  type ExecutionArgs,
  type SelectionSetNode,
  type Source,
} from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { AppError, ERROR_CODES } from '../errors.ts'

/** What one document may be and cost. They hold over HTTP and over the socket alike. */
export const LIMITS = {
  tokens: 2_000,
  aliases: 30,
  directives: 30,
  depth: 12,
  cost: 5_000,
  documentBytes: 20_000,
} as const

/** Refuses documents by what they hold while they are parsed and validated. */
export const documentLimits = (): Plugin[] =>
  [
    { onParse: ({ params }: { params: { source: string | Source } }) => assertBrief(params.source) },
    maxTokensPlugin({
      n: LIMITS.tokens,
      propagateOnRejection: false,
      onReject: [
        () => {
          throw tooMany('tokens')
        },
      ],
    }),
    maxAliasesPlugin({
      n: LIMITS.aliases,
      allowList: [],
      propagateOnRejection: false,
      onReject: [(validation) => validation?.reportError(tooMany('aliases'))],
    }),
    maxDirectivesPlugin({
      n: LIMITS.directives,
      propagateOnRejection: false,
      onReject: [(validation) => validation?.reportError(tooMany('directives'))],
    }),
  ] as unknown as Plugin[]

/** Before anything looks at it: what is too long is not worth a lexer. */
function assertBrief(source: string | Source): void {
  const { length } = typeof source === 'string' ? source : source.body
  if (length > LIMITS.documentBytes)
    throw refused(`The size of the document is ${length} characters; ${LIMITS.documentBytes} are allowed.`)
}

const tooMany = (what: 'tokens' | 'aliases' | 'directives') =>
  refused(`The document holds more than ${LIMITS[what]} ${what}.`)

const refused = (message: string) =>
  new GraphQLError(message, {
    extensions: { code: 'QUERY_TOO_COMPLEX', http: { status: ERROR_CODES.QUERY_TOO_COMPLEX.status } },
  })

/** What doing something costs beside the fields of its answer: locks, events, an entry in the audit. */
const MUTATION_COST = 10

function mutationsIn(document: DocumentNode): number {
  const fragments = new Map<string, SelectionSetNode>()
  for (const one of document.definitions)
    if (one.kind === Kind.FRAGMENT_DEFINITION) fragments.set(one.name.value, one.selectionSet)
  const count = (set: SelectionSetNode | undefined): number =>
    (set?.selections ?? []).reduce((sum, one) => {
      if (one.kind === Kind.FIELD) return sum + 1
      return sum + count(one.kind === Kind.INLINE_FRAGMENT ? one.selectionSet : fragments.get(one.name.value))
    }, 0)
  const operation = getOperationAST(document)
  return operation?.operation === 'mutation' ? count(operation.selectionSet) : 0
}

type Judged = Pick<ExecutionArgs, 'schema' | 'document' | 'operationName' | 'variableValues'>
type Cost = { complexity: number; depth: number }
const known = new WeakMap<DocumentNode, Map<string, Cost>>()

/** What will run: the one operation asked for, without `__typename`, which client caches put everywhere and costs nothing. */
function judgedPart(document: DocumentNode, operationName: string | null | undefined): DocumentNode | null {
  const operation = getOperationAST(document, operationName)
  const others = document.definitions.filter(({ kind }) => kind !== 'OperationDefinition')
  if (!operation) return null
  return visit(
    { ...document, definitions: [operation, ...others] },
    { Field: ({ name }) => (name.value === '__typename' ? null : undefined) },
  )
}

/**
 * Refuses documents that would cost too much: every field counts one, times the pages it stands in. Judged once per
 * document and page sizes. Answers the cost; null when it is not clear what would run.
 *
 * @throws AppError QUERY_TOO_COMPLEX that names the measure and its limit.
 */
export function assertAffordable({ schema, document, operationName, variableValues }: Judged): number | null {
  const variables = variableValues ?? {}
  const sizes = Object.entries(variables).filter(([, value]) => typeof value === 'number')
  const key = JSON.stringify([operationName ?? null, sizes])
  const costs = known.get(document) ?? new Map<string, Cost>()
  known.set(document, costs)
  let cost = costs.get(key)
  if (!cost) {
    const part = judgedPart(document, operationName)
    // Which operation is meant is not clear: nothing runs, and execution says why.
    if (!part) return null
    const { complexity, depth } = complexityFromQuery(part, { schema, variables })
    cost = { complexity: complexity + MUTATION_COST * mutationsIn(part), depth }
    if (costs.size < 100) costs.set(key, cost)
  }
  if (cost.depth > LIMITS.depth)
    throw new AppError('QUERY_TOO_COMPLEX', `The document is ${cost.depth} levels deep; ${LIMITS.depth} are allowed.`)
  if (cost.complexity > LIMITS.cost) {
    throw new AppError(
      'QUERY_TOO_COMPLEX',
      `The document costs ${cost.complexity}; ${LIMITS.cost} is allowed. Ask for fewer fields or smaller pages.`,
    )
  }
  return cost.complexity
}
