import {
  getNamedType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  type DocumentNode,
  type FieldNode,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLOutputType,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql'
import { introspectionCost } from './introspection-cost.ts'
import { fragmentsOf } from './measure.ts'

/** The highest cost of an operation in points, and the depth of its answer in levels. */
export type Cost = { points: number; depth: number }

/** The cost of a field, and the multiplier of the selection below it. Fields declare it as `complexity`. */
type FieldCost = number | { field?: number; multiplier?: number }
type Sizes = Record<string, number>

/** The cost of a mutation beside the fields of its answer: locks, events, the audit log. */
const MUTATION_COST = 10
const LIST_MULTIPLIER = 10
const FREE: Cost = { points: 0, depth: 0 }

/**
 * Computes the cost of one operation of a validated document. Every field costs one point, multiplied by the sizes of the
 * pages that contain it; `__typename`, which client caches add everywhere, is free. The cost of a selection is computed once
 * per type, even when its fragment is spread several times.
 *
 * @param sizes numeric variables by name, which may be page sizes
 */
export function costOf(
  schema: GraphQLSchema,
  document: DocumentNode,
  { operation, sizes }: { operation: OperationDefinitionNode; sizes: Sizes },
): Cost {
  const fragments = fragmentsOf(document)
  const computed = new Map<SelectionSetNode, Map<GraphQLNamedType, Cost>>()
  const root = schema.getRootType(operation.operation)
  const introspection = introspectionCost(schema, fragments)
  const extra = operation.operation === 'mutation' ? MUTATION_COST : 0

  const costOfField = (node: FieldNode, type: GraphQLNamedType): Cost => {
    const name = node.name.value
    if (name === '__typename') return FREE
    if (name === '__schema' || name === '__type') return introspection(node)
    const field = isObjectType(type) || isInterfaceType(type) ? type.getFields()[name] : undefined
    // Validation refuses unknown fields before.
    if (!field) return FREE
    const { points, multiplier } = fieldCost(field, node, sizes)
    const own = points + (type === root ? extra : 0)
    if (!node.selectionSet) return { points: own, depth: 1 }
    const below = costOfSet(node.selectionSet, getNamedType(field.type))
    return { points: own + below.points * Math.max(multiplier, 0), depth: below.depth + 1 }
  }

  const costOfSet = (set: SelectionSetNode, type: GraphQLNamedType): Cost => {
    const byType = computed.get(set) ?? new Map<GraphQLNamedType, Cost>()
    computed.set(set, byType)
    const cached = byType.get(type)
    if (cached) return cached
    const cost = { points: 0, depth: 0 }
    for (const one of set.selections) {
      const fragment = one.kind === Kind.FRAGMENT_SPREAD ? fragments.get(one.name.value) : one
      if (!fragment) continue
      const { points, depth } =
        fragment.kind === Kind.FIELD
          ? costOfField(fragment, type)
          : costOfSet(fragment.selectionSet, schema.getType(fragment.typeCondition?.name.value ?? '') ?? type)
      cost.points += points
      cost.depth = Math.max(cost.depth, depth)
    }
    byType.set(type, cost)
    return cost
  }

  const { points, depth } = root ? costOfSet(operation.selectionSet, root) : FREE
  return { points: Math.ceil(points), depth }
}

function fieldCost(
  field: GraphQLField<unknown, unknown>,
  node: FieldNode,
  sizes: Sizes,
): { points: number; multiplier: number } {
  const declared = field.extensions.complexity as
    | FieldCost
    | ((args: Sizes, ctx: object, on: typeof field) => FieldCost)
  const cost = typeof declared === 'function' ? declared(numericArguments(node, sizes), {}, field) : declared
  const { field: points = 1, multiplier = isList(field.type) ? LIST_MULTIPLIER : 1 } =
    typeof cost === 'object' ? cost : { field: cost }
  return { points, multiplier }
}

/** The numeric arguments of a field by name. */
function numericArguments(node: FieldNode, sizes: Sizes): Sizes {
  const numbers: Sizes = {}
  for (const { name, value } of node.arguments ?? []) {
    const number =
      value.kind === Kind.INT ? Number(value.value) : value.kind === Kind.VARIABLE ? sizes[value.name.value] : undefined
    if (number !== undefined) numbers[name.value] = number
  }
  return numbers
}

const isList = (type: GraphQLOutputType): boolean =>
  isListType(type) || (isNonNullType(type) && isList(type.ofType as GraphQLOutputType))

/** The numeric variables of an operation by name, with their defaults. */
export function numericVariables(
  { variableDefinitions }: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
): Sizes {
  const sizes: Sizes = Object.create(null) as Sizes
  for (const { variable, defaultValue } of variableDefinitions ?? []) {
    const name = variable.name.value
    const given = Object.hasOwn(variables, name) ? variables[name] : undefined
    if (typeof given === 'number') sizes[name] = given
    else if (given === undefined && defaultValue?.kind === Kind.INT) sizes[name] = Number(defaultValue.value)
  }
  return sizes
}
