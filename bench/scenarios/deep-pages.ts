import { encodeCursor } from '../../server/events/cursor.ts'
import { openAsker, type Asker } from '../harness/ask.ts'
import { costedLatencies } from '../harness/costed.ts'
import { sizeOfLargeShop } from '../harness/large-shop.ts'
import type { Measurement, Scenario } from '../harness/scenario.ts'

const LISTS = [
  { name: 'orders', node: 'id number status total { amount } customer { name phone }' },
  { name: 'customers', node: 'id name phone' },
  { name: 'conversations', node: 'id lastMessageAt customer { name phone }' },
]

const pageOf = (list: string, node: string): string =>
  `query Page($after: String) { ${list}(first: 20, after: $after) { edges { cursor node { ${node} } } pageInfo { endCursor } } }`
const EVENTS = `query Page($after: EventCursor) { eventLog(first: 20, after: $after) { edges { cursor node { __typename } } } }`

/** A page far from the beginning beside the first page, for every list that grows: the deep page is ours, the first the floor. */
export const deepPages: Scenario = {
  name: 'deep-pages',
  doc: 'the last page of long lists (orders, customers, conversations, events), beside the first page',
  database: 'large',
  run: async ({ site, quick, log }) => {
    const { events } = sizeOfLargeShop(quick)
    const [shop] = site.shops
    if (!shop) throw new Error('no shop was seeded')
    await using api = await site.start('api')
    await using asker = openAsker(api, shop.authorization)
    const pages = [
      ...(await Promise.all(
        LISTS.map(async ({ name, node }) => ({
          name,
          query: pageOf(name, node),
          deep: await cursorNearEnd(asker, name),
        })),
      )),
      { name: 'eventLog', query: EVENTS, deep: encodeCursor(events - 100) },
    ]
    const calls = quick ? 10 : 60
    const measured: Measurement[] = []
    for (const { name, query, deep } of pages) {
      const first = await costedLatencies(site, api, calls, () => asker.ask(query, { after: null }))
      const last = await costedLatencies(site, api, calls, () => asker.ask(query, { after: deep }))
      log(`${name}: first page ${first.p50.toFixed(1)} ms, deep page ${last.p50.toFixed(1)} ms`)
      measured.push({
        metric: `${name}, deep page over the first, median`,
        value: last.p50,
        unit: 'ms',
        floor: first.p50,
        ratio: last.p50 / first.p50,
        cost: last.cost,
        floorCost: first.cost,
        target: { atMost: 1.5 },
      })
    }
    return measured
  },
}

/** The cursor a hundred items before the end of a list. */
async function cursorNearEnd({ ask }: Asker, list: string): Promise<string> {
  type Data = { [list: string]: { pageInfo: { startCursor: string } } }
  const data = await ask<Data>(`query { ${list}(last: 100) { edges { cursor } pageInfo { startCursor } } }`)
  return data[list]?.pageInfo.startCursor ?? ''
}
