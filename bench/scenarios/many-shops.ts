import { openBesideFloor, refillCarts, type BesideFloor, type Operation, type Work } from '../harness/beside-floor.ts'
import { inBulk } from '../harness/bulk.ts'
import type { Sample } from '../harness/alternate.ts'
import { chooserInTurn } from '../harness/random.ts'
import type { Measurement, Scenario } from '../harness/scenario.ts'
import type { Site } from '../harness/site.ts'
import { median } from '../harness/statistics.ts'
import { differentCustomers, recentOrders } from '../harness/subjects.ts'
import { evenShares, seedShops, type Shop } from '../harness/town.ts'

const COUNTS = [50, 500, 5_000]
const QUICK_COUNTS = [20, 200]
const MEASURED = [
  { operation: 'list', metric: 'order list', atLeast: 0.7 },
  { operation: 'byId', metric: 'order by id', atLeast: 0.7 },
  { operation: 'place', metric: 'place an order', atLeast: 0.6 },
] as const

type Rates = Record<(typeof MEASURED)[number]['operation'], Sample & { failed: number }>

/** The same load on ever more shops, each as active as the next: what the server remembers of a shop helps least. */
export const manyShops: Scenario = {
  name: 'many-shops',
  doc: `reads and writes spread evenly over ${COUNTS.join(', ')} active shops; the floor is the fewest shops`,
  database: 'empty',
  run: async ({ site, quick, log }) => {
    const shops: Shop[] = []
    const counts = quick ? QUICK_COUNTS : COUNTS
    const measured: Rates[] = []
    for (const count of counts) {
      const shares = evenShares(count - shops.length)
      const orders = 25 * shares.length
      shops.push(...(await inBulk(site.adminUrl, (client) => seedShops(client, { shares, orders, products: 10 }))))
      log(`${count} shops`)
      measured.push(await measureRates(site, shops, quick, log))
    }
    const [fewest] = measured
    if (!fewest) throw new Error('nothing was measured')
    return MEASURED.flatMap(({ operation, metric, atLeast }) => [
      ...measured.slice(1).map((rates, index): Measurement => {
        const last = index === measured.length - 2
        return {
          metric: `${metric}, ${last ? 'most' : 'more'} shops over fewest`,
          unit: '1/s',
          ...rates[operation],
          floor: fewest[operation].value,
          ...(fewest[operation].cost ? { floorCost: fewest[operation].cost } : {}),
          ratio: rates[operation].value / fewest[operation].value,
          ...(last ? { target: { atLeast } } : {}),
        }
      }),
      {
        metric: `${metric}, wrong answers`,
        unit: 'count',
        value: measured.reduce((sum, rates) => sum + rates[operation].failed, 0),
        target: { atMost: 0 },
      },
    ])
  },
}

async function measureRates(
  site: Site,
  shops: readonly Shop[],
  quick: boolean,
  log: (line: string) => void,
): Promise<Rates> {
  await using beside = await openBesideFloor(site, shops, log)
  // Every shop is asked in every round, the first of which is not counted.
  const subjects = await recentOrders(site.adminUrl, shops, shops.length * 4, chooserInTurn)
  const read = { subjects, connections: 32, seconds: quick ? 1 : 5, mayFail: true }
  // The fewest shops have a thousand customers together.
  const count = quick ? Math.max(100, shops.length) : Math.max(1_000, shops.length)
  const customers = await differentCustomers(site.adminUrl, shops, count, chooserInTurn)
  const place = { subjects: customers, connections: 16, mayFail: true }
  const rounds = quick ? 1 : 3
  return {
    list: await repeated(beside, 'list', rounds, () => read),
    byId: await repeated(beside, 'byId', rounds, () => read),
    place: await repeated(beside, 'place', rounds, async () => {
      await refillCarts(site.adminUrl)
      return place
    }),
  }
}

/** The median of some rounds after one that warms up. */
async function repeated(
  beside: BesideFloor,
  operation: Operation,
  rounds: number,
  work: () => Work | Promise<Work>,
): Promise<Sample & { failed: number }> {
  await beside.load('ours', operation, await work())
  const samples = []
  for (let round = 0; round < rounds; round++) samples.push(await beside.load('ours', operation, await work()))
  const value = median(samples.map((sample) => sample.value))
  const nearest = samples.find((sample) => sample.value === value) ?? samples[0]
  const failed = samples.reduce((sum, { result }) => sum + result.failed, 0)
  return { value, failed, ...(nearest?.cost ? { cost: nearest.cost } : {}) }
}
