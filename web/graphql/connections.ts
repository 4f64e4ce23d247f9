import { gql } from '@urql/core'
import type { Cache, Variables } from '@urql/exchange-graphcache'

type Placement = {
  /** The parent of the connection: the cache key of an entity, or `Query`. */
  parent: string
  /** The connection's field, e.g. `orders`. */
  field: string
  typename: string
  id: string
  /** Whether the list with these arguments contains the entity; null when only the server knows (e.g. a search). */
  belongs: (args: Variables) => boolean | null
  /** The DateTime field that sorts the list, descending. Equal values sort by id, descending. */
  sortField: string
}

const edgeFragments = new Map<string, ReturnType<typeof gql>>()

function writeEdge(cache: Cache, typename: string, id: string): string | null {
  const edgeType = `${typename}Edge`
  let fragment = edgeFragments.get(edgeType)
  if (!fragment) {
    fragment = gql(`fragment Place${edgeType} on ${edgeType} { __typename node { __typename id } }`)
    edgeFragments.set(edgeType, fragment)
  }
  const edge = { __typename: edgeType, node: { __typename: typename, id } }
  cache.writeFragment(fragment, edge)
  return cache.keyOfEntity(edge)
}

function readKey(cache: Cache, entity: string | null, field: string): string | null {
  const value = entity === null ? null : cache.resolve(entity, field)
  return typeof value === 'string' ? value : null
}

function readEdges(cache: Cache, connection: string): string[] | null {
  const edges = cache.resolve(connection, 'edges')
  return Array.isArray(edges) ? edges.filter((edge) => typeof edge === 'string') : null
}

/** Compares in descending order: positive when `a` comes after `b`. */
function compare(cache: Cache, a: string, b: string, sortField: string): number {
  const [left, right] = [a, b].map((key) => Date.parse(String(cache.resolve(key, sortField))))
  return (right ?? 0) - (left ?? 0) || (a < b ? 1 : -1)
}

/**
 * Adds, moves or removes one entity in every cached page of a list. A page stays unchanged when the entity sorts before
 * or after the range of that page, and when only the server can decide.
 */
export function putInConnections(cache: Cache, placement: Placement): void {
  const node = cache.keyOfEntity({ __typename: placement.typename, id: placement.id })
  if (!node) return
  for (const info of cache.inspectFields(placement.parent)) {
    if (info.fieldName !== placement.field) continue
    const args = info.arguments ?? {}
    const belongs = placement.belongs(args)
    const connection = readKey(cache, placement.parent, info.fieldKey)
    const edges: string[] | null = connection ? readEdges(cache, connection) : null
    if (belongs === null || !connection || !edges) continue

    const others: string[] = edges.filter((edge) => cache.resolve(edge, 'node') !== node)
    if (!belongs) {
      if (others.length < edges.length) cache.link(connection, 'edges', others)
      continue
    }
    const next = others.findIndex((edge) => {
      const other = readKey(cache, edge, 'node')
      return other !== null && compare(cache, node, other, placement.sortField) < 0
    })
    const index = next === -1 ? others.length : next
    const pageInfo = readKey(cache, connection, 'pageInfo')
    const hasMore = (field: string) => pageInfo !== null && cache.resolve(pageInfo, field) === true
    const beforePage = index === 0 && Boolean(args['after'] ?? args['before']) && hasMore('hasPreviousPage')
    const afterPage = index === others.length && hasMore('hasNextPage')
    const wasLast = edges.length > 0 && cache.resolve(edges[edges.length - 1] ?? '', 'node') === node
    if ((beforePage || afterPage) && !wasLast) {
      if (others.length < edges.length) cache.link(connection, 'edges', others)
      continue
    }
    const edge = writeEdge(cache, placement.typename, placement.id)
    if (edge && edges[index] !== edge) cache.link(connection, 'edges', others.toSpliced(index, 0, edge))
  }
}
