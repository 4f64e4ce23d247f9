import type { KeyingConfig } from '@urql/exchange-graphcache'

type TypeRef = { kind: string; name?: string | null; ofType?: TypeRef | null }
type ObjectType = { kind: string; name: string; fields?: { name: string; type: TypeRef }[] | null }

/** The part of an introspection result that is needed to recognise entities. */
export type SchemaShape = { __schema: { types: ObjectType[] } }

function namedType(type: TypeRef): string | null {
  return type.ofType ? namedType(type.ofType) : (type.name ?? null)
}

function isEntity(type: ObjectType): boolean {
  return Boolean(type.fields?.some((field) => field.name === 'id' && namedType(field.type) === 'ID'))
}

/** Edges are entities keyed by their node's id, so that the cache can add a row to a list by linking an edge. */
const edgeKey: KeyingConfig[string] = (edge) => {
  const node = edge['node']
  return node && typeof node === 'object' && 'id' in node ? String(node.id) : null
}

/**
 * The cache keys of every type in the schema. Only types with an `id: ID!` are entities; the `id: String!` of a
 * `ListRow` or `ReplyButton` is unique only within its message, so these types have no key.
 */
export function keysOf(schema: SchemaShape): KeyingConfig {
  const keys: KeyingConfig = {}
  for (const type of schema.__schema.types) {
    if (type.kind !== 'OBJECT' || type.name.startsWith('__')) continue
    if (type.name.endsWith('Edge')) keys[type.name] = edgeKey
    else if (!isEntity(type)) keys[type.name] = () => null
  }
  return keys
}
