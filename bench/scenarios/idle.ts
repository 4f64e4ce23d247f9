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
    const pids: number[] = []
    const used = () => ({
      workers: pids.reduce((sum, pid) => sum + cpuMs(pid), 0),
      postgres: site.meter.postgresCpu(),
    })
    /** Percent of one core, in so many seconds. */
    const shares = async (seconds: number) => {
      const before = used()
      await delay(seconds * 1000)
      const after = used()
      const share = (what: keyof typeof before) => (after[what] - before[what]) / seconds / 10
      return { workers: share('workers'), postgres: share('postgres') }
    }
    // PostgreSQL visits its databases by itself, and the stage is connected to it, too.
    const alone = await shares(quick ? 3 : 60)
    await using first = await site.start('worker')
    await using second = await site.start('worker')
    pids.push(first.pid, second.pid)
    // Starting is over, and so is what autovacuum does about the seeds.
    await delay(quick ? 3_000 : 30_000)
    const { workers, postgres } = await shares(quick ? 4 : 60)
    log(
      `${shops} shops: workers ${workers.toFixed(2)} %, PostgreSQL ${postgres.toFixed(2)} %, without workers ${alone.postgres.toFixed(2)} %`,
    )
    return [
      {
        metric: 'idle PostgreSQL, of a core',
        value: postgres,
        floor: alone.postgres,
        unit: '%',
        target: { atMost: 0.5 },
      },
      { metric: 'two idle workers, of a core', value: workers, unit: '%' },
    ]
  },
}
