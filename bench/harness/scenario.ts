import type { Template } from './installation.ts'
import type { Cost } from './meter.ts'
import type { Site } from './site.ts'

/** One measured number. `floor` is the same measured on the least that could do the work, in the same run. */
export type Measurement = {
  metric: string
  value: number
  unit: 'ms' | '1/s' | 'MB' | 'kB' | 's' | 'count' | 'x' | '%'
  floor?: number
  /** Ours over the floor, measured in rounds. Left out where the promise is about the value. */
  ratio?: number
  /** What one operation costs, ours and the floor's. */
  cost?: Cost
  floorCost?: Cost
  /** The promised bound, shown in the table: a bound on `ratio` when there is one and on `value` otherwise. */
  target?: Target
}

export type Target = { atMost: number } | { atLeast: number }

export type ScenarioOptions = { site: Site; quick: boolean; log: (line: string) => void }

/** A file of `scenarios/`. It gets a copy of a template that nothing else uses: of the `town`, unless it names another. */
export type Scenario = {
  name: string
  doc: string
  database?: Template
  run: (options: ScenarioOptions) => Promise<Measurement[]>
}

/** Ours over the floor: the median of the rounds where there were several. */
export const ratioOf = ({ value, floor, ratio }: Measurement): number | undefined =>
  ratio ?? (floor === undefined || floor <= 0 ? undefined : value / floor)

/** Whether the promise was kept; null when none was made. */
export function keepsPromise({ value, ratio, target }: Measurement): boolean | null {
  if (!target) return null
  const judged = ratio ?? value
  return 'atMost' in target ? judged <= target.atMost : judged >= target.atLeast
}
