import { changesNoList, type FeatureCache } from '../../graphql/feature-cache.ts'

export const catalogCache = {
  events: { StockLowEvent: changesNoList },
} satisfies FeatureCache
