import type { FeatureCache } from '../graphql/feature-cache.ts'

export const sessionCache = {
  // Without an entry, graphcache invalidates every viewer that it holds when `signIn` answers with a new one.
  updates: { signIn: () => undefined },
} satisfies FeatureCache
