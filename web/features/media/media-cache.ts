import type { Cache } from '@urql/exchange-graphcache'
import type {
  MediaFilter,
  RemoveMediaMutation,
  RestoreMediaMutation,
  RetryMediaMutation,
  UploadMediaMutation,
} from '../../generated/operations.ts'
import type { FeatureCache } from '../../graphql/feature-cache.ts'
import { putInConnections } from '../../graphql/connections.ts'

/** Updates every cached list of images after one changed; the newest sorts first. */
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

type Outcome =
  | UploadMediaMutation['uploadMedia']
  | RetryMediaMutation['retryMedia']
  | RemoveMediaMutation['removeMedia']
  | RestoreMediaMutation['restoreMedia']

function listOutcome(cache: Cache, outcome: Outcome): void {
  if (outcome.__typename === 'MediaAsset') listMediaAsset(cache, outcome.id)
}

export const mediaCache = {
  updates: {
    uploadMedia: (result: UploadMediaMutation, _args, cache) => listOutcome(cache, result.uploadMedia),
    retryMedia: (result: RetryMediaMutation, _args, cache) => listOutcome(cache, result.retryMedia),
    removeMedia: (result: RemoveMediaMutation, _args, cache) => listOutcome(cache, result.removeMedia),
    restoreMedia: (result: RestoreMediaMutation, _args, cache) => listOutcome(cache, result.restoreMedia),
  },
  events: {
    MediaProcessedEvent: ({ mediaAsset }, cache) => {
      if (mediaAsset) listMediaAsset(cache, mediaAsset.id)
    },
  },
} satisfies FeatureCache
