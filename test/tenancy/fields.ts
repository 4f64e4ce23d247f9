import { readFileSync } from 'node:fs'
import {
  buildSchema,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isObjectType,
  isUnionType,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLSchema,
} from 'graphql'

/** The committed schema: the matrix follows the public contract, not the code. */
export const contract: GraphQLSchema = buildSchema(readFileSync('server/schema.graphql', 'utf8'))

export type Operation = 'query' | 'mutation' | 'subscription'
export type RootField = { name: string; operation: Operation; field: GraphQLField<unknown, unknown>; idPaths: string[] }

/** Every root field, with the paths of its arguments that hold ids. */
export const rootFields: RootField[] = (['query', 'mutation', 'subscription'] as const).flatMap((operation) => {
  const root = {
    query: contract.getQueryType(),
    mutation: contract.getMutationType(),
    subscription: contract.getSubscriptionType(),
  }[operation]
  return Object.values(root?.getFields() ?? {}).map((field) => ({
    name: field.name,
    operation,
    field,
    idPaths: field.args.flatMap((arg) => idPathsOf(arg.name, arg.type)),
  }))
})

function idPathsOf(path: string, type: GraphQLInputType): string[] {
  const named = getNamedType(type)
  if (named.name === 'ID') return [path]
  return isInputObjectType(named)
    ? Object.values(named.getFields()).flatMap((field) => idPathsOf(`${path}.${field.name}`, field.type))
    : []
}

/** A document that calls the field and selects the type, ids and counts of its result. */
export function documentOf({ name, operation, field }: RootField): string {
  const definitions = field.args.map((arg) => `$${arg.name}: ${String(arg.type)}`).join(', ')
  const args = field.args.map((arg) => `${arg.name}: $${arg.name}`).join(', ')
  return `${operation} Call${definitions && `(${definitions})`} { ${name}${args && `(${args})`} ${selectionOf(field)} }`
}

function selectionOf(field: GraphQLField<unknown, unknown>): string {
  const type = getNamedType(field.type)
  if (isLeafType(type) || isEnumType(type)) return ''
  if (isUnionType(type)) return '{ __typename ... on Error { message } }'
  if (!isObjectType(type)) return '{ __typename }'
  const { id, edges } = type.getFields()
  if (id) return '{ __typename id }'
  if (!edges) return '{ __typename }'
  const node = getNamedType(
    (getNamedType(edges.type) as typeof type).getFields().node?.type ?? edges.type,
  ) as typeof type
  return `{ totalCount edges { node { __typename ${node.getFields().id ? 'id' : ''} } } }`
}

/** A copy of `value` in which `replacement` is at `path`. */
export function withAt(value: Record<string, unknown>, path: string, replacement: unknown): Record<string, unknown> {
  const [head = '', ...rest] = path.split('.')
  return {
    ...value,
    [head]:
      rest.length === 0
        ? replacement
        : withAt((value[head] ?? {}) as Record<string, unknown>, rest.join('.'), replacement),
  }
}
