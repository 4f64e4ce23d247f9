import type { Cost } from './meter.ts'
import { median } from './statistics.ts'

/** One round of one side: a rate or a latency, and what an operation of it cost. */
export type Sample = { value: number; cost?: Cost }
export type Compared = { value: number; floor: number; ratio: number; cost?: Cost; floorCost?: Cost }

type Side = () => Promise<number | Sample>

const medianCost = (samples: readonly Sample[]): Cost | undefined => {
  const costs = samples.flatMap(({ cost }) => cost ?? [])
  const of = (part: keyof Cost): number => median(costs.map((cost) => cost[part]))
  return costs.length === 0
    ? undefined
    : { server: of('server'), postgres: of('postgres'), statements: of('statements') }
}

/** Measures ours and the floor in turn, so that other work of the machine slows both alike; returns medians, ready to report. */
export async function alternate(rounds: number, { ours, floor }: { ours: Side; floor: Side }): Promise<Compared> {
  const [mine, its]: [Sample[], Sample[]] = [[], []]
  const measure = async (side: Side, into: Sample[]): Promise<void> => {
    const result = await side()
    into.push(typeof result === 'number' ? { value: result } : result)
  }
  for (let round = 0; round < rounds; round++) {
    // Each goes first every other time.
    if (round % 2 === 0) await measure(floor, its)
    await measure(ours, mine)
    if (round % 2 === 1) await measure(floor, its)
  }
  const [cost, floorCost] = [medianCost(mine), medianCost(its)]
  return {
    value: median(mine.map(({ value }) => value)),
    floor: median(its.map(({ value }) => value)),
    ratio: median(mine.map(({ value }, round) => value / (its[round]?.value ?? Number.NaN))),
    ...(cost ? { cost } : {}),
    ...(floorCost ? { floorCost } : {}),
  }
}
