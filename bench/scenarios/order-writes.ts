import { openBesideFloor, refillCarts, type BesideFloor, type Subject } from '../harness/beside-floor.ts'
import { superuser } from '../harness/bulk.ts'
import type { Measurement, Scenario } from '../harness/scenario.ts'
import type { Site } from '../harness/site.ts'
import { differentCustomers, ordersInStatus } from '../harness/subjects.ts'
import type { Shop } from '../harness/town.ts'

const CONNECTIONS = 16
const READY = `UPDATE "order" SET status = 'READY' WHERE status = 'CONFIRMED' AND id IN (SELECT order_id FROM delivery)`

/** Writes of a town of shops over the public API, beside the same rows written by hand. */
export const orderWrites: Scenario = {
  name: 'order-writes',
  doc: `placing, accepting and dispatching orders at ${CONNECTIONS} connections, beside a hand-written server that writes the same rows`,
  run: async ({ site, quick, log }) => {
    await using beside = await openBesideFloor(site, site.shops, log)
    return await measureWrites(beside, {
      site,
      shops: site.shops,
      perRound: quick ? 150 : 1_500,
      rounds: quick ? 1 : 3,
    })
  },
}

type Writes = { site: Site; shops: readonly Shop[]; perRound: number; rounds: number }

/** Places orders, accepts them and dispatches them: ours and the floor in turn, and each different ones. */
export async function measureWrites(
  beside: BesideFloor,
  { site, shops, perRound, rounds }: Writes,
): Promise<Measurement[]> {
  const [first, second, ...others] = await differentCustomers(site.adminUrl, shops, perRound + 2)
  await beside.assertSameRows('place', { ours: first as Subject, floor: second as Subject })
  const placed = await beside.compare('place', rounds, async () => {
    await refillCarts(site.adminUrl)
    return { subjects: others, connections: CONNECTIONS }
  })
  await beside.assertSameRows('placeLines', { ours: first as Subject, floor: second as Subject })
  const placedLines = await beside.compare('placeLines', rounds, () => ({ subjects: others, connections: CONNECTIONS }))
  const inTurn = async (operation: 'accept' | 'dispatch', status: string) => {
    const orders = await ordersInStatus(site.adminUrl, shops, status)
    await beside.assertSameRows(operation, { ours: orders.pop() as Subject, floor: orders.pop() as Subject })
    const work = () => ({ subjects: orders.splice(0, perRound), connections: CONNECTIONS })
    return beside.compare(operation, rounds, work)
  }
  const accepted = await inTurn('accept', 'PENDING')
  const client = await superuser(site.adminUrl)
  await client.query(READY)
  await client.end()
  const dispatched = await inTurn('dispatch', 'READY')
  return [
    { metric: 'place an order', unit: '1/s', ...placed, target: { atLeast: 0.6 } },
    { metric: 'place an order by its lines', unit: '1/s', ...placedLines, target: { atLeast: 0.6 } },
    { metric: 'accept an order', unit: '1/s', ...accepted, target: { atLeast: 0.65 } },
    { metric: 'dispatch an order', unit: '1/s', ...dispatched, target: { atLeast: 0.65 } },
  ]
}
