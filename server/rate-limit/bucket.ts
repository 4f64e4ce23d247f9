/** How much a bucket holds, and how much flows back into it every second, in points of cost. */
export type BucketSize = { points: number; restorePerSecond: number }

/** What was in the bucket at an instant (ms). One that nobody has touched is full. */
export type Bucket = { points: number; at: number }

/** What one request does: points back from earlier ones, then its own cost. */
export type Draw = { cost: number; refund: number }

/** Whether there was enough, and what is left now, in whole points. */
export type Drawn = { allowed: boolean; available: number }

/**
 * Draws from a token bucket. What flowed back since the last time and refunds never fill it beyond its size; when there
 * is too little nothing is taken. The script in limiter.ts does the very same inside Redis.
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

/** Seconds, rounded up, until `wanted` points are there. */
export const secondsUntil = (wanted: number, available: number, { restorePerSecond }: BucketSize): number =>
  Math.max(0, Math.ceil((wanted - available) / restorePerSecond))
