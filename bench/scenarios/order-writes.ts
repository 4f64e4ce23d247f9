import { randomUUID } from 'node:crypto'
import { queryMerchant } from '../../server/db/merchant-query.ts'
import { createTestProduct } from '../../test/harness/shop.ts'
import { alternate } from '../harness/alternate.ts'
import { nextMessage, startScript } from '../harness/children.ts'
import { runLoad } from '../harness/load.ts'
import type { Scenario } from '../harness/scenario.ts'
import { seedCheckouts } from '../harness/seed.ts'

const PLACE = `mutation ($input: PlaceOrderInput!) { placeOrder(input: $input) { __typename ... on Order { id number status } ... on Error { message } } }`
const MOVE = `mutation ($input: TransitionOrderInput!) { transitionOrder(input: $input) { __typename ... on Order { id number status } ... on Error { message } } }`
const POOL = 16

/** Writes over the public API beside the same rows written by hand; for information, nothing was promised. */
export const orderWrites: Scenario = {
  name: 'order-writes',
  doc: 'placing and accepting orders at 32 connections, beside a hand-written server',
  run: async ({ site, quick, log }) => {
    const { merchantId, owner, key } = await site.newShop()
    const { app } = site
    const perRound = quick ? 100 : 600
    const rounds = quick ? 1 : 3
    const products: { variantId: string }[] = []
    for (let n = 0; n < 50; n++)
      products.push(await createTestProduct(app, owner, { onHand: 1_000_000, name: `Product ${n}` }))
    const variantIds = products.map((product) => product.variantId)
    // The floor leaves carts as they are and orders from the first ones again and again.
    const customers = perRound * (rounds + 2)
    await seedCheckouts(site.adminUrl, { merchantId, variantIds, customers, total: 1_000 })
    const ids = (
      await queryMerchant<{ id: string }>(app, merchantId, 'SELECT id FROM customer ORDER BY created_at')
    ).map((row) => row.id)

    await using api = await site.start('api', { DATABASE_POOL_SIZE: String(POOL) })
    const floorData = { databaseUrl: site.databaseUrl, merchantId, authorization: key.authorization, poolSize: POOL }
    await using floor = startScript(new URL('../floors/http.ts', import.meta.url), floorData)
    const floorUrl = await nextMessage<string>(floor)

    const rate = async (
      origin: string,
      requests: { path: string; body: string }[],
      expect: string,
    ): Promise<number> => {
      const headers = { 'content-type': 'application/json', ...key }
      const { perSecond, failed, failure } = await runLoad({
        origin,
        method: 'POST',
        headers,
        requests,
        connections: 32,
        expect,
      })
      if (failed > 0) throw new Error(`${failed} answers were wrong: ${failure}`)
      log(`${origin === api.url ? 'ours ' : 'floor'} ${perSecond.toFixed(0)}/s`)
      return perSecond
    }
    const graphql = (query: string, input: object) => ({
      path: '/graphql',
      body: JSON.stringify({ query, variables: { input: { ...input, idempotencyKey: randomUUID() } } }),
    })
    const plain = (path: string, input: object) => ({ path, body: JSON.stringify({ ...input, key: randomUUID() }) })

    let next = perRound
    const someCustomers = () => ids.slice(next, (next += perRound))
    const place = {
      ours: () =>
        rate(
          api.url,
          someCustomers().map((customerId) =>
            graphql(PLACE, { customerId, fulfilment: 'PICKUP', paymentMethod: 'CASH_ON_DELIVERY' }),
          ),
          '"PENDING"',
        ),
      floor: () =>
        rate(
          floorUrl,
          ids.slice(0, perRound).map((customerId) => plain('/place', { customerId })),
          '"PENDING"',
        ),
    }
    await place.ours()
    await place.floor()
    const placed = await alternate(rounds, place)

    const orders = (
      await queryMerchant<{ id: string }>(
        app,
        merchantId,
        `SELECT id FROM "order" WHERE status = 'PENDING' ORDER BY placed_at`,
      )
    ).map((row) => row.id)
    const someOrders = () => orders.splice(0, perRound)
    const accepted = await alternate(rounds, {
      ours: () =>
        rate(
          api.url,
          someOrders().map((orderId) => graphql(MOVE, { orderId, action: 'ACCEPT' })),
          '"CONFIRMED"',
        ),
      floor: () =>
        rate(
          floorUrl,
          someOrders().map((orderId) => plain('/accept', { orderId })),
          '"CONFIRMED"',
        ),
    })
    return [
      { metric: 'place an order', value: placed.ours, unit: '1/s', floor: placed.floor, ratio: placed.ratio },
      { metric: 'accept an order', value: accepted.ours, unit: '1/s', floor: accepted.floor, ratio: accepted.ratio },
    ]
  },
}
