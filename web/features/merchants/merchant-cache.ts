import { changesNoList, type FeatureCache } from '../../graphql/feature-cache.ts'

export const merchantCache = {
  events: { BotConnectedEvent: changesNoList, BotDisconnectedEvent: changesNoList },
} satisfies FeatureCache
