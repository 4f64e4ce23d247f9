/** The value below which the share `p` (0 to 1) of the sample lies. NaN for an empty sample. */
export function percentile(sample: Iterable<number>, p: number): number {
  const sorted = Float64Array.from(sample).toSorted()
  return sorted[Math.min(sorted.length - 1, Math.ceil(p * sorted.length) - 1)] ?? Number.NaN
}

export const median = (sample: Iterable<number>): number => percentile(sample, 0.5)

/** A clock in ms that all processes of one machine share (CLOCK_MONOTONIC). */
export const now = (): number => Number(process.hrtime.bigint()) / 1e6
