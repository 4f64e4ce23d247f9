import type { Cache } from '@urql/exchange-graphcache'
import type { MediaFilter } from '../../generated/operations.ts'
import { putInConnections } from '../../graphql/connections.ts'

/** Puts a picture where it belongs in every list of pictures, the newest first. */
export function listMediaAsset(cache: Cache, id: string): void {
  const asset = cache.keyOfEntity({ __typename: 'MediaAsset', id })
  if (!asset) return
  const [status, origin] = [cache.resolve(asset, 'status'), cache.resolve(asset, 'origin')]
  const removed = Boolean(cache.resolve(asset, 'removedAt'))
  putInConnections(cache, {
    parent: 'Query',
    field: 'mediaAssets',
    typename: 'MediaAsset',
    id,
    sortField: 'createdAt',
    belongs: (args) => {
      const filter = (args['filter'] ?? {}) as MediaFilter
      if (args['search']) return null
      if (filter.status && filter.status !== status) return false
      if (filter.origin && filter.origin !== origin) return false
      return (filter.archived ?? false) === removed
    },
  })
}
