import type { AppContext } from '../../server/context.ts'
import { queryMerchant } from '../../server/db/merchant-query.ts'
import { alternate } from '../harness/alternate.ts'
import { nextMessage, startScript } from '../harness/children.ts'
import { runLoad, type Load } from '../harness/load.ts'
import type { Scenario } from '../harness/scenario.ts'
import { seedOrders } from '../harness/seed.ts'
import { createTestProduct } from '../../test/harness/shop.ts'

const ORDER = `id number status fulfilment placedAt total { amount currency } customer { id name phone }
  lines { id productName variantName quantity unitPrice { amount } total { amount } }`
const LIST = `query Orders($first: Int) { orders(first: $first) { edges { node { ${ORDER} } } pageInfo { hasNextPage } } }`
const ONE = `query Order($id: ID!) { order(id: $id) { ${ORDER} } }`
const POOL = 16
const BOTTOMLESS = { RATE_LIMIT_POINTS: '100000000', RATE_LIMIT_RESTORE: '100000000' }

/** Reads of a shop with 100,000 orders over the public API, beside a hand-written server on the same database. */
export const orderReads: Scenario = {
  name: 'order-reads',
  doc: 'the 20 newest of 100,000 orders, and one order, at 32 connections, beside a hand-written server',
  run: async ({ site, quick, log }) => {
    const { merchantId, owner, key } = await site.newShop()
    const { variantId } = await createTestProduct(site.app, owner)
    const orders = quick ? 5_000 : 100_000
    await seedOrders(site.adminUrl, { merchantId, variantId, customers: orders / 20, orders })
    log(`${orders} orders seeded`)

    await using api = await site.start('api', { DATABASE_POOL_SIZE: String(POOL) })
    const floorData = { databaseUrl: site.databaseUrl, merchantId, authorization: key.authorization, poolSize: POOL }
    await using floor = startScript(new URL('../floors/http.ts', import.meta.url), floorData)
    const floorUrl = await nextMessage<string>(floor)

    const seconds = quick ? 1 : 5
    const rounds = quick ? 2 : 5
    const rate = async (load: Pick<Load, 'origin' | 'method' | 'requests' | 'expect'>): Promise<number> => {
      const { perSecond, failed, failure, p95, bytes } = await runLoad({
        ...load,
        connections: 32,
        seconds,
        headers: { 'content-type': 'application/json', ...key },
      })
      if (failed > 0) throw new Error(`${failed} answers were wrong: ${failure}`)
      log(
        `${load.origin === floorUrl ? 'floor' : 'ours '} ${perSecond.toFixed(0)}/s, p95 ${p95.toFixed(1)} ms, ${bytes} bytes`,
      )
      if (load.origin === api.url) p95s.push(p95)
      return perSecond
    }
    let p95s: number[] = []
    const graphql =
      (documents: object[], expect: string, origin = api.url) =>
      () =>
        rate({
          origin,
          method: 'POST',
          requests: documents.map((one) => ({ path: '/graphql', body: JSON.stringify(one) })),
          expect,
        })
    const plain = (paths: string[], expect: string) => () =>
      rate({ origin: floorUrl, method: 'GET', requests: paths.map((path) => ({ path })), expect })

    const list = { query: LIST, variables: { first: 20 } }
    const listed = graphql([list], '"productName"')
    // Both have compiled and prepared what they will before anything counts.
    await listed()
    p95s = []
    const lists = await alternate(rounds, { ours: listed, floor: plain(['/orders'], '"productName"') })
    const slowest = Math.max(...p95s)

    const ids = await newestIds(site.app, merchantId)
    const one = graphql(
      ids.map((id) => ({ query: ONE, variables: { id } })),
      '"productName"',
    )
    await one()
    const ones = await alternate(rounds, {
      ours: one,
      floor: plain(
        ids.map((id) => `/orders/${id}`),
        '"productName"',
      ),
    })
    // The same with a bucket that never runs dry: counting costs one round trip to Redis and a look over the answer.
    await using limited = await site.start('api', { DATABASE_POOL_SIZE: String(POOL), ...BOTTOMLESS })
    const counted = graphql([list], '"throttle"', limited.url)
    await counted()
    const counting = await alternate(rounds, { ours: counted, floor: listed })
    return [
      {
        metric: 'order list',
        value: lists.ours,
        unit: '1/s',
        floor: lists.floor,
        ratio: lists.ratio,
        target: { atLeast: 0.4 },
      },
      { metric: 'order list, slowest p95 of a round', value: slowest, unit: 'ms' },
      {
        metric: 'order list counted against a bucket, over uncounted',
        value: counting.ours,
        unit: '1/s',
        floor: counting.floor,
        ratio: counting.ratio,
        target: { atLeast: 0.7 },
      },
      { metric: 'order by id', value: ones.ours, unit: '1/s', floor: ones.floor, ratio: ones.ratio },
    ]
  },
}

const newestIds = (app: AppContext, merchantId: string): Promise<string[]> =>
  queryMerchant<{ id: string }>(
    app,
    merchantId,
    'SELECT id FROM "order" ORDER BY placed_at DESC, id DESC LIMIT 200',
  ).then((rows) => rows.map((row) => row.id))
