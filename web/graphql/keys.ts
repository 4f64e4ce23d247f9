import type { KeyingConfig } from '@urql/exchange-graphcache'

type TypeRef = { kind: string; name?: string | null; ofType?: TypeRef | null }
type ObjectType = { kind: string; name: string; fields?: { name: string; type: TypeRef }[] | null }

/** The part of an introspection result that says which types are entities. */
export type SchemaShape = { __schema: { types: ObjectType[] } }

function namedType(type: TypeRef): string | null {
  return type.ofType ? namedType(type.ofType) : (type.name ?? null)
}

function isEntity(type: ObjectType): boolean {
  return Boolean(type.fields?.some((field) => field.name === 'id' && namedType(field.type) === 'ID'))
}

/** Edges are entities of their own, so that a list can gain a row by linking one: their key is their node's id. */
const edgeKey: KeyingConfig[string] = (edge) => {
  const node = edge['node']
  return node && typeof node === 'object' && 'id' in node ? String(node.id) : null
}

/**
 * How the cache names every type of the schema. Only types with an `id: ID!` are entities; a `ListRow` or `ReplyButton`
 * has an `id: String!` that is unique inside its message only and must never be shared between messages.
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
