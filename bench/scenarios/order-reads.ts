import { alternate } from '../harness/alternate.ts'
import { openBesideFloor, OPERATIONS } from '../harness/beside-floor.ts'
import { runLoad } from '../harness/load.ts'
import type { Scenario } from '../harness/scenario.ts'
import { recentOrders } from '../harness/subjects.ts'

const CONNECTIONS = 32
const BOTTOMLESS = { RATE_LIMIT_POINTS: '100000000', RATE_LIMIT_RESTORE: '100000000' }

/** Reads of a town of shops over the public API, beside a hand-written server on the same database that answers the same bytes. */
export const orderReads: Scenario = {
  name: 'order-reads',
  doc: `the 20 newest orders of a shop, and one order, at ${CONNECTIONS} connections, beside a hand-written server`,
  run: async ({ site, quick, log }) => {
    const rounds = quick ? 1 : 3
    const subjects = await recentOrders(site.adminUrl, site.shops, 4_000)
    await using beside = await openBesideFloor(site, site.shops, log)
    const work = () => ({ subjects, connections: CONNECTIONS, seconds: quick ? 1 : 4 })
    for (const operation of ['list', 'byId'] as const)
      for (const subject of subjects.slice(0, 3)) await beside.assertSameBytes(operation, subject)

    const list = await beside.compare('list', rounds, work)
    const byId = await beside.compare('byId', rounds, work)

    // The same with a bucket that never runs dry.
    await using limited = await site.start('api', { DATABASE_POOL_SIZE: '16', ...BOTTOMLESS })
    const requests = subjects.map((subject) => OPERATIONS.list.pair(subject).ours)
    const counted = async (): Promise<number> => {
      const load = { origin: limited.url, method: 'POST', requests, ...work() } as const
      const headers = { 'content-type': 'application/json' }
      return (await runLoad({ ...load, headers, expect: '"throttle"' })).perSecond
    }
    await counted()
    const uncounted = async () => (await beside.load('ours', 'list', work())).value
    const bucket = await alternate(rounds, { ours: counted, floor: uncounted })
    return [
      { metric: 'order list', unit: '1/s', ...list, target: { atLeast: 0.75 } },
      { metric: 'order by id', unit: '1/s', ...byId, target: { atLeast: 0.55 } },
      {
        metric: 'order list counted against a bucket, over uncounted',
        unit: '1/s',
        ...bucket,
        target: { atLeast: 0.7 },
      },
    ]
  },
}
