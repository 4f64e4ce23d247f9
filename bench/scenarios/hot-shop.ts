import { openBesideFloor } from '../harness/beside-floor.ts'
import type { Scenario } from '../harness/scenario.ts'
import { recentOrders } from '../harness/subjects.ts'
import { measureWrites } from './order-writes.ts'

/** All requests go to one shop of the town, whose order counter and event log every write locks. */
export const hotShop: Scenario = {
  name: 'hot-shop',
  doc: 'reads and writes of a single shop, the largest of the town, beside the hand-written server',
  run: async ({ site, quick, log }) => {
    const shops = site.shops.slice(0, 1)
    const rounds = quick ? 1 : 3
    await using beside = await openBesideFloor(site, shops, log)
    const subjects = await recentOrders(site.adminUrl, shops, 200)
    const work = () => ({ subjects, connections: 32, seconds: quick ? 1 : 3 })
    const list = await beside.compare('list', rounds, work)
    const byId = await beside.compare('byId', rounds, work)
    const writes = await measureWrites(beside, { site, shops, perRound: quick ? 80 : 800, rounds })
    return [
      { metric: 'order list of one shop', unit: '1/s', ...list },
      { metric: 'order by id of one shop', unit: '1/s', ...byId },
      ...writes.map((one) => ({ ...one, metric: `${one.metric} in one shop`, target: undefined })),
    ]
  },
}
