import { setTimeout as delay } from 'node:timers/promises'
import { inBulk } from '../harness/bulk.ts'
import { cpuMs } from '../harness/children.ts'
import type { Scenario } from '../harness/scenario.ts'
import { evenShares, seedShops } from '../harness/town.ts'

/** Two workers of an installation in which nothing happens: what their sweeps cost. */
export const idle: Scenario = {
  name: 'idle',
  doc: 'processor time of two workers and of PostgreSQL with 5,000 shops in which nothing happens',
  database: 'empty',
  run: async ({ site, quick, log }) => {
    const shops = quick ? 500 : 5_000
    await inBulk(site.adminUrl, (client) =>
      seedShops(client, { shares: evenShares(shops), orders: 25 * shops, products: 5 }),
    )
    await using first = await site.start('worker')
    await using second = await site.start('worker')
    // Starting is over, and so is what autovacuum does about the seeds.
    await delay(quick ? 3_000 : 30_000)
    const used = () => ({ workers: cpuMs(first.pid) + cpuMs(second.pid), postgres: site.meter.postgresCpu() })
    const seconds = quick ? 4 : 60
    const before = used()
    await delay(seconds * 1000)
    const after = used()
    /** Percent of one core. */
    const share = (what: keyof typeof before) => (after[what] - before[what]) / seconds / 10
    log(`${shops} shops: workers ${share('workers').toFixed(2)} %, PostgreSQL ${share('postgres').toFixed(2)} %`)
    return [
      { metric: 'idle PostgreSQL, of a core', value: share('postgres'), unit: '%', target: { atMost: 0.5 } },
      { metric: 'two idle workers, of a core', value: share('workers'), unit: '%' },
    ]
  },
}
