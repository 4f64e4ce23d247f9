import { complexityFromQuery } from '@pothos/plugin-complexity'
import { formatDocument } from '@urql/core'
import {
  getNamedType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  typeFromAST,
  visit,
  type DocumentNode,
  type GraphQLInputType,
  type VariableDefinitionNode,
} from 'graphql'
import { expect, test } from 'vitest'
import * as bot from '../bot/generated/operations.ts'
import * as dashboard from '../web/generated/operations.ts'
import { buildSchema } from '../server/features/schema.ts'
import { costWithinLimits, LIMITS } from '../server/graphql/limits.ts'
import { sizeOf } from '../server/graphql/measure.ts'

const schema = buildSchema()

/** Page sizes as the dashboard and the bot ask for them, or more. */
const PAGE = 30

/** The least that is valid, with page sizes filled in. */
function sample(type: GraphQLInputType): unknown {
  if (!isNonNullType(type)) return getNamedType(type).name === 'Int' ? PAGE : undefined
  const inner = type.ofType
  if (isListType(inner)) return []
  if (isEnumType(inner)) return inner.getValues()[0]?.name
  if (isInputObjectType(inner))
    return Object.fromEntries(Object.values(inner.getFields()).map((field) => [field.name, sample(field.type)]))
  if (inner.name === 'Int' || inner.name === 'MinorUnits') return PAGE
  return inner.name === 'Boolean' ? true : 'x'
}

const variablesOf = (definitions: readonly VariableDefinitionNode[]) =>
  Object.fromEntries(
    definitions
      // A page is asked for from one end.
      .filter(({ variable }) => variable.name.value !== 'last')
      .map(({ variable, type }) => [variable.name.value, sample(typeFromAST(schema, type) as GraphQLInputType)]),
  )

const documents = Object.entries({ ...dashboard, ...bot }).filter(([name]) => name.endsWith('Document')) as [
  string,
  DocumentNode,
][]

/** Pothos's own counter, which knows nothing of `__typename` that is free and mutations that are dear. */
function countedByPothos(document: DocumentNode, variables: Record<string, unknown>): number {
  const bare = visit(document, { Field: ({ name }) => (name.value === '__typename' ? null : undefined) })
  return complexityFromQuery(bare, { schema, variables }).complexity
}

test.each(documents)(
  '%s of our own clients costs what Pothos counts, and no more than is allowed',
  (_name, document) => {
    const operation = document.definitions.find((definition) => definition.kind === 'OperationDefinition')
    const variables = variablesOf(operation?.variableDefinitions ?? [])
    // The dashboard's cache adds `__typename` to every selection.
    const cost = costWithinLimits({ schema, document: formatDocument(document), variableValues: variables })
    const mutations = operation?.operation === 'mutation' ? operation.selectionSet.selections.length : 0
    expect(cost).toBe(countedByPothos(document, variables) + 10 * mutations)
  },
)

test.each(documents)('%s of our own clients is small once its fragments are written out', (_name, document) => {
  const { selections, pairs, aliases, directives } = sizeOf(formatDocument(document), LIMITS.selections)
  expect(selections).toBeLessThan(LIMITS.selections / 2)
  expect(pairs).toBeLessThan(LIMITS.pairs / 2)
  expect(aliases).toBeLessThanOrEqual(LIMITS.aliases)
  expect(directives).toBeLessThanOrEqual(LIMITS.directives)
})
