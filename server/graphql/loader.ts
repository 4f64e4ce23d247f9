import DataLoader from 'dataloader'
import type { RequestContext } from './context.ts'

/**
 * Loads values by key, together for all fields that ask in the same tick, once per request. `load` may answer in any
 * order; a key it does not answer gets `missing`.
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

/** Puts rows in the order of the ids asked for; what was not found becomes an error for that one field. */
export function inOrder<Row extends { id: string }>(
  ids: readonly string[],
  rows: readonly Row[],
  what: string,
): (Row | Error)[] {
  const byId = new Map(rows.map((row) => [row.id, row]))
  return ids.map((id) => byId.get(id) ?? new Error(`${what} ${id} does not exist in this shop`))
}
