import { openAsker } from '../harness/ask.ts'
import { costedLatencies } from '../harness/costed.ts'
import { RARE_NAME } from '../harness/large-shop.ts'
import type { Measurement, Scenario } from '../harness/scenario.ts'

const CUSTOMERS = `query Customers($search: String) { customers(first: 20, filter: { search: $search }) { edges { node { id name phone } } pageInfo { hasNextPage } } }`
const CUSTOMERS_COUNTED = `query Counted($search: String) { customers(first: 20, filter: { search: $search }) { totalCount edges { node { id name phone } } } }`
const ORDERS = `query Orders($search: String) { orders(first: 20, filter: { search: $search }) { edges { node { id number status total { amount } customer { name phone } } } pageInfo { hasNextPage } } }`

/** What people type, and whether anything must be found. Each call searches for something else where it can. */
const SEARCHES = [
  {
    metric: 'customers by a frequent name',
    query: CUSTOMERS,
    words: (n: number) => ['García', 'torres', 'Lima', 'sant'][n % 4],
  },
  { metric: 'customers by a rare name', query: CUSTOMERS, words: () => RARE_NAME },
  {
    metric: 'customers by the end of a phone number',
    query: CUSTOMERS,
    words: (n: number) => String(100_017 + n * 31).slice(1),
  },
  { metric: 'customers by a name nobody has', query: CUSTOMERS, words: (n: number) => `Xyzzy ${n}`, nobody: true },
  {
    metric: 'customers by name, with totalCount',
    query: CUSTOMERS_COUNTED,
    words: (n: number) => ['García', 'Ana'][n % 2],
  },
  { metric: 'orders by a rare name', query: ORDERS, words: () => RARE_NAME },
  { metric: 'orders by the number', query: ORDERS, words: (n: number) => String(1_500 + n * 17) },
]

/** Searches of a large shop, one after the other; the floor is the same page without a search. */
export const search: Scenario = {
  name: 'search',
  doc: 'customers and orders of a shop with 50,000 customers and 200,000 orders, by name, phone and number',
  database: 'large',
  run: async ({ site, quick, log }) => {
    const [shop] = site.shops
    if (!shop) throw new Error('no shop was seeded')
    await using api = await site.start('api')
    await using asker = openAsker(api, shop.authorization)
    const calls = quick ? 10 : 60
    const plain = new Map<string, number>()
    const measured: Measurement[] = []
    for (const { metric, query, words, nobody = false } of SEARCHES) {
      const floor =
        plain.get(query) ?? (await costedLatencies(site, api, calls, () => asker.ask(query, { search: null }))).p95
      plain.set(query, floor)
      const { p95, cost } = await costedLatencies(site, api, calls, async (n) => {
        const found = JSON.stringify(await asker.ask(query, { search: words(n) })).includes('"id"')
        if (found === nobody) throw new Error(`"${words(n)}" finds ${nobody ? 'something' : 'nothing'}`)
      })
      log(`${metric}: p95 ${p95.toFixed(1)} ms, the page without a search ${floor.toFixed(1)} ms`)
      measured.push({ metric: `${metric}, p95`, value: p95, unit: 'ms', floor, cost, target: { atMost: 30 } })
    }
    const slowest = measured.toSorted((one, other) => other.value - one.value)[0]
    return [...measured, ...(slowest ? [{ ...slowest, metric: 'the slowest of these, p95' }] : [])]
  },
}
