/** The capacity of a token bucket and its refill rate, in points of cost. */
export type BucketSize = { points: number; restorePerSecond: number }

/** The points in a bucket at an instant (ms since the epoch). A bucket without a record is full. */
export type Bucket = { points: number; at: number }

/** One request: it refunds points of earlier requests, then takes its own cost. */
export type Draw = { cost: number; refund: number }

/** Whether the points sufficed, and the whole points left. */
export type Drawn = { allowed: boolean; available: number }

/**
 * Draws from a token bucket. Refill and refunds never exceed its capacity; with too few points nothing is taken. The script
 * in limiter.ts does the same inside Redis.
 */
export function draw(
  bucket: Bucket | undefined,
  now: number,
  { points: max, restorePerSecond }: BucketSize,
  { cost, refund }: Draw,
): Drawn & { bucket: Bucket } {
  const elapsed = bucket ? Math.max(0, now - bucket.at) : 0
  const restored = Math.min(max, (bucket?.points ?? max) + (elapsed * restorePerSecond) / 1_000 + refund)
  const allowed = restored >= cost
  const points = allowed ? restored - cost : restored
  return { allowed, available: Math.floor(points), bucket: { points, at: Math.max(now, bucket?.at ?? now) } }
}

/** Seconds until the bucket holds `wanted` points, rounded up. */
export const secondsUntil = (wanted: number, available: number, { restorePerSecond }: BucketSize): number =>
  Math.max(0, Math.ceil((wanted - available) / restorePerSecond))
