import { encodeCursor } from '../../server/events/cursor.ts'
import { openAsker } from '../harness/ask.ts'
import { superuser } from '../harness/bulk.ts'
import { costedLatencies } from '../harness/costed.ts'
import { sizeOfLargeShop } from '../harness/large-shop.ts'
import { resume } from '../harness/resume.ts'
import type { Measurement, Scenario } from '../harness/scenario.ts'
import type { Site } from '../harness/site.ts'
import { median, now } from '../harness/statistics.ts'

const PAGE = `query Log($after: EventCursor, $types: [EventType!]) { eventLog(first: 100, after: $after, types: $types) { edges { cursor node { __typename type occurredAt } } } }`
const TIMELINE = `query Timeline($id: ID!) { order(id: $id) { id timeline { __typename at } } }`
/** Events that the server reads at once when it catches up. */
const FLOOR_PAGE = 500

/** The log of a shop that has been busy for years. */
export const longLog: Scenario = {
  name: 'long-log',
  doc: 'a log of 1,000,000 events: resuming 100,000 events behind, pages of eventLog, the timeline of an order',
  database: 'large',
  run: async ({ site, quick, log }) => {
    const { events } = sizeOfLargeShop(quick)
    const behind = events / 10
    const [shop] = site.shops
    if (!shop) throw new Error('no shop was seeded')
    await using api = await site.start('api')
    await using asker = openAsker(api, shop.authorization)
    const orders = await orderIds(site, shop.merchantId)

    const follow = { url: api.url, authorization: shop.authorization }
    // Compiles what there is to compile.
    await resume({ ...follow, after: encodeCursor(events - 1_000), count: 1_000 })
    const resumed: number[] = []
    const cost = await site.meter.costOf([api.pid], async () => {
      for (let round = 0; round < (quick ? 1 : 3); round++)
        resumed.push((await resume({ ...follow, after: encodeCursor(events - behind), count: behind })) / 1000)
      return resumed.length * behind
    })
    const floor = (await readPages(site, shop.merchantId, events - behind)) / 1000
    log(`resume ${median(resumed).toFixed(2)} s, its pages alone ${floor.toFixed(2)} s`)
    const measured: Measurement[] = [
      {
        metric: `resume ${behind.toLocaleString('en-US')} events behind`,
        value: median(resumed),
        unit: 's',
        floor,
        cost,
        target: { atMost: 2.5 },
      },
    ]
    const calls = quick ? 10 : 60
    const pages: [metric: string, ask: (n: number) => Promise<unknown>][] = [
      ['eventLog, first page', () => asker.ask(PAGE, {})],
      ['eventLog, a page in the middle', (n) => asker.ask(PAGE, { after: encodeCursor(events / 2 + n * 100) })],
      ['eventLog, first page of a rare type', () => asker.ask(PAGE, { types: ['delivery_completed'] })],
      ['timeline of an order', (n) => asker.ask(TIMELINE, { id: orders[n % orders.length] })],
    ]
    for (const [metric, ask] of pages) {
      const page = await costedLatencies(site, api, calls, ask)
      log(`${metric}: p95 ${page.p95.toFixed(1)} ms`)
      measured.push({ metric: `${metric}, p95`, value: page.p95, unit: 'ms', cost: page.cost, target: { atMost: 30 } })
    }
    return measured
  },
}

async function orderIds({ adminUrl }: Site, merchantId: string): Promise<string[]> {
  const client = await superuser(adminUrl)
  const { rows } = await client.query<{ id: string }>(
    `SELECT id FROM "order" WHERE merchant_id = $1 ORDER BY id LIMIT 100`,
    [merchantId],
  )
  await client.end()
  return rows.map(({ id }) => id)
}

/** The floor of a resume: its events read page by page over one connection, in ms. */
async function readPages({ adminUrl }: Site, merchantId: string, after: number): Promise<number> {
  const client = await superuser(adminUrl)
  const text = `SELECT sequence::float8 AS sequence, row_to_json(e)::text AS json FROM event e WHERE merchant_id = $1 AND e.sequence > $2 ORDER BY merchant_id, e.sequence LIMIT ${FLOOR_PAGE}`
  const begun = now()
  for (let last = after, rows = FLOOR_PAGE; rows === FLOOR_PAGE;) {
    const page = await client.query<{ sequence: number }>({ name: 'page', text, values: [merchantId, last] })
    rows = page.rows.length
    last = page.rows.at(-1)?.sequence ?? last
  }
  await client.end()
  return now() - begun
}
