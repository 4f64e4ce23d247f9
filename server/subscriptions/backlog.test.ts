import { parse } from 'graphql'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createCustomer, openTestApp, type TestApp } from '../../test/harness/app.ts'
import { countRoundTrips } from '../../test/harness/round-trips.ts'
import { createTestProduct, createTestShop, type TestShop } from '../../test/harness/shop.ts'
import { encodeCursor } from '../events/cursor.ts'
import { setCartLine } from '../features/carts/service.ts'
import { orderStatusChanged } from '../features/orders/events.ts'
import { placeOrder } from '../features/orders/service/place-order.ts'
import { buildSchema } from '../features/schema.ts'
import { createRequestContext } from '../graphql/context.ts'
import { withTenant } from '../unit-of-work/unit-of-work.ts'
import type { Sink } from './sink.ts'
import { createSubscriptions } from './subscriptions.ts'

const document = parse(
  `subscription ($after: EventCursor) { events(after: $after) { __typename cursor ... on OrderStatusChangedEvent { order { id number status } } } }`,
)

let testApp: TestApp
let shop: TestShop
let orders: { id: string; number: number }[]

beforeAll(async () => {
  testApp = await openTestApp()
  const { app } = testApp
  shop = await createTestShop(app)
  const { variantId } = await createTestProduct(app, shop.owner, { onHand: 100 })
  orders = []
  for (let count = 0; count < 3; count++) {
    const { customerId } = await createCustomer(app, shop.merchantId)
    await setCartLine(app, shop.owner, { customerId, variantId, quantity: 1 })
    const order = { customerId, fulfilment: 'PICKUP', paymentMethod: 'CASH_ON_DELIVERY' } as const
    orders.push(await placeOrder(app, shop.owner, order))
  }
})
afterAll(() => testApp[Symbol.asyncDispose]())

/** Commits events about the orders in turn. */
const commitEvents = (count: number) =>
  withTenant(testApp.app, shop.owner, async ({ emit }) => {
    for (let n = 0; n < count; n++) {
      const { id, number } = orders[n % orders.length] as (typeof orders)[number]
      emit(orderStatusChanged.draft(id, { orderId: id, number, from: 'PENDING', to: 'CONFIRMED', reason: null }))
    }
  })

/** A sink that notes the payloads of each write. */
function noteWrites(): Sink & { writes: string[][] } {
  const writes: string[][] = []
  let write: string[] | undefined
  return {
    writes,
    transport: 'websocket',
    isOpen: () => true,
    buffered: () => 0,
    send: (json) => void (write ? write.push(json.toString()) : writes.push([json.toString()])),
    together: (sends) => {
      writes.push((write = []))
      sends()
      write = undefined
    },
    end: (reason) => writes.push([reason]),
  }
}

test('a backlog takes two statements for a page of 500 events with their orders, and few writes', async () => {
  const { app } = testApp
  const { last } = await app.log.bounds(shop.merchantId)
  await commitEvents(2_000)
  const contextValue = createRequestContext({ app, actor: shop.owner, requestId: 'test', ip: '127.0.0.1' })
  const variableValues = { after: encodeCursor(last) }
  const started = await createSubscriptions(app).open({ schema: buildSchema(), document, variableValues, contextValue })
  if (!('run' in started)) throw new Error('the subscription was refused')
  const sink = noteWrites()
  const { statements } = await countRoundTrips(() => started.run(sink))
  started.stop()

  const payloads = sink.writes.flat()
  expect(payloads.length).toBe(2_000)
  for (const [n, json] of payloads.entries()) {
    const order = orders[n % orders.length]
    expect(json).toBe(
      `{"data":{"events":{"__typename":"OrderStatusChangedEvent","cursor":"${encodeCursor(last + n + 1)}","order":{"id":"${order?.id}","number":${order?.number},"status":"PENDING"}}}}`,
    )
  }
  // The first batch is small, so the first page takes one more.
  expect(statements).toBeLessThanOrEqual(4 * 2 + 1)
  expect(sink.writes.length).toBeLessThanOrEqual(15)
})
