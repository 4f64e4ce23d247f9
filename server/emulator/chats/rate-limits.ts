/** Meta's sending limits (Meta, "Throughput" and "Pair rate limits"), on the emulator's clock. */
export type RateOptions = {
  /** Messages per second of one number (Meta: 80); off when absent. */
  throughputPerSecond?: number | undefined
  /** Limits one pair of number and customer to one message in 6 s, with a burst of 45. */
  pair?: boolean | undefined
}

const pairBurst = 45
const pairIntervalMs = 6_000

export function createRates(options: RateOptions) {
  const sentAt = new Map<string, number[]>()
  const buckets = new Map<string, { tokens: number; at: number }>()
  return {
    /** The error code of the limit that this send exceeds, or undefined. A refused send is not counted. */
    exceededLimit(phoneNumberId: string, recipient: string, now: number): 130429 | 131056 | undefined {
      const recent = (sentAt.get(phoneNumberId) ?? []).filter((at) => now - at < 1000)
      if (options.throughputPerSecond !== undefined && recent.length >= options.throughputPerSecond) return 130429
      if (options.pair) {
        const key = `${phoneNumberId}/${recipient}`
        const bucket = buckets.get(key) ?? { tokens: pairBurst, at: now }
        const tokens = Math.min(pairBurst, bucket.tokens + (now - bucket.at) / pairIntervalMs)
        if (tokens < 1) return 131056
        buckets.set(key, { tokens: tokens - 1, at: now })
      }
      if (options.throughputPerSecond !== undefined) sentAt.set(phoneNumberId, [...recent, now])
      return undefined
    },
  }
}
