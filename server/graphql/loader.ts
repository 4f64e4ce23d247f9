import DataLoader from 'dataloader'
import type { RequestContext } from './context.ts'

/**
 * Batches the keys of all fields resolved in the same tick into one `load`, and caches values for the request. `load` may
 * answer in any order; keys it does not answer get `missing`.
 */
export function batchLoader<Key extends string, Value>(
  load: (keys: readonly Key[], ctx: RequestContext) => Promise<ReadonlyMap<Key, Value>>,
  missing: (key: Key) => Value,
): (ctx: RequestContext) => DataLoader<Key, Value> {
  const loaders = new WeakMap<RequestContext, DataLoader<Key, Value>>()
  return (ctx) => {
    let loader = loaders.get(ctx)
    if (!loader) {
      loader = new DataLoader<Key, Value>(async (keys) => {
        const found = await load(keys, ctx)
        return keys.map((key) => found.get(key) ?? missing(key))
      })
      loaders.set(ctx, loader)
    }
    return loader
  }
}

/** Sorts rows in the order of the requested ids; a missing row becomes an error of that one field. */
export function orderByIds<Row extends { id: string }>(
  ids: readonly string[],
  rows: readonly Row[],
  what: string,
): (Row | Error)[] {
  const byId = new Map(rows.map((row) => [row.id, row]))
  return ids.map((id) => byId.get(id) ?? new Error(`${what} ${id} does not exist in this shop`))
}
