import { latenciesOf, WARM_UP, type Latencies } from './ask.ts'
import type { Cost } from './meter.ts'
import type { Server, Site } from './site.ts'

/** As `latenciesOf`, with what a call cost the server and PostgreSQL. */
export async function costedLatencies(
  { meter }: Site,
  { pid }: Server,
  count: number,
  work: (n: number) => Promise<unknown>,
): Promise<Latencies & { cost: Cost }> {
  let latencies: Latencies = { p50: Number.NaN, p95: Number.NaN }
  const cost = await meter.costOf([pid], async () => {
    latencies = await latenciesOf(count, work)
    return count + WARM_UP
  })
  return { ...latencies, cost }
}
