import {
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isUnionType,
  Kind,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  type SelectionSetNode,
} from 'graphql'
import type { Cost } from './cost.ts'

/** Cost of an introspection field relative to other fields: the schema is in memory. */
const POINTS_PER_FIELD = 0.1

/** Lengths of introspection lists: exact for the lists of `__schema`, averages for the lists of types and fields. */
const lengths = new WeakMap<GraphQLSchema, Map<string, number>>()

function lengthsOf(schema: GraphQLSchema): Map<string, number> {
  const cached = lengths.get(schema)
  if (cached) return cached
  const types = Object.values(schema.getTypeMap())
  const directives = schema.getDirectives()
  const [fields, inputFields] = [
    types.flatMap((type) => (isObjectType(type) || isInterfaceType(type) ? Object.values(type.getFields()) : [])),
    types.flatMap((type) => (isInputObjectType(type) ? Object.values(type.getFields()) : [])),
  ]
  const sum = (numbers: number[]): number => numbers.reduce((total, one) => total + one, 0)
  const perType = (all: number): number => all / types.length
  const found = new Map([
    ['types', types.length],
    ['directives', directives.length],
    ['fields', perType(fields.length)],
    ['inputFields', perType(inputFields.length)],
    ['enumValues', perType(sum(types.map((type) => (isEnumType(type) ? type.getValues().length : 0))))],
    [
      'interfaces',
      perType(
        sum(types.map((type) => (isObjectType(type) || isInterfaceType(type) ? type.getInterfaces().length : 0))),
      ),
    ],
    [
      'possibleTypes',
      perType(
        sum(
          types.map((type) => (isUnionType(type) || isInterfaceType(type) ? schema.getPossibleTypes(type).length : 0)),
        ),
      ),
    ],
    // References to a type are wrapped about once (not null, a list), so every second step finds another type.
    ['ofType', 0.5],
    ['args', sum([...fields, ...directives].map(({ args }) => args.length)) / (fields.length + directives.length)],
  ])
  lengths.set(schema, found)
  return found
}

/**
 * The cost of `__schema` or `__type`: a tenth of a point for every field of the answer with this schema. Depth counts as 1,
 * because tools nest `ofType` deeply, and validation already limits the nesting of lists.
 */
export function introspectionCost(schema: GraphQLSchema, fragments: ReadonlyMap<string, FragmentDefinitionNode>) {
  const cached = new Map<SelectionSetNode, number>()

  const fieldsIn = (set: SelectionSetNode | undefined): number => {
    if (!set) return 0
    const counted = cached.get(set)
    if (counted !== undefined) return counted
    let fields = 0
    for (const one of set.selections) {
      if (one.kind === Kind.FIELD) fields += fieldsOf(one)
      else if (one.kind === Kind.INLINE_FRAGMENT) fields += fieldsIn(one.selectionSet)
      else fields += fieldsIn(fragments.get(one.name.value)?.selectionSet)
    }
    cached.set(set, fields)
    return fields
  }
  const fieldsOf = ({ name, selectionSet }: FieldNode): number =>
    name.value === '__typename' ? 0 : 1 + (lengthsOf(schema).get(name.value) ?? 1) * fieldsIn(selectionSet)

  return (node: FieldNode): Cost => ({ points: Math.max(1, Math.ceil(POINTS_PER_FIELD * fieldsOf(node))), depth: 1 })
}
