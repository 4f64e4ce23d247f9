import { setTimeout as delay } from 'node:timers/promises'
import { createTestProduct, type TestShop } from '../../test/harness/shop.ts'
import { cpuMs } from '../harness/children.ts'
import { followEvents } from '../harness/live.ts'
import { atRate } from '../harness/pace.ts'
import type { Measurement, Scenario } from '../harness/scenario.ts'
import { phoneOf, seedCheckouts } from '../harness/seed.ts'
import type { Site } from '../harness/site.ts'
import { median, now, percentile } from '../harness/statistics.ts'
import { openWebhooks } from '../harness/webhooks.ts'

// Two slow cores serve it: at more than they can serve, latency measures the length of the run.
const PER_SECOND = 10
const PRICE = 1_000
const PRODUCTS = 20
export const ORDER_EVENTS = `subscription { events { __typename cursor ... on OrderCreatedEvent { order { id number status placedAt total { formatted }
  customer { id name phone } lines { id productName quantity } } } } }`

/** The phone of the customer whose order an event shows. */
export const customerOf = (text: string): string | undefined =>
  text.includes('"OrderCreatedEvent"') ? /"phone":"\+(\d+)"/.exec(text)?.[1] : undefined

/**
 * The whole way of an order: the webhook with a customer's "confirm" is accepted, the bot claims the turn, places the
 * order and answers, and the event reaches a subscribed screen with the order in it.
 */
export const orderLatency: Scenario = {
  name: 'order-latency',
  doc: `from the accepted webhook of a "confirm", through the bot, to the order on a subscribed screen, at ${PER_SECOND} orders a second on Redis`,
  run: async ({ site, quick, log }) => {
    const orders = PER_SECOND * (quick ? 3 : 20)
    const warmUp = PER_SECOND * (quick ? 3 : 10)
    const shop = await checkoutShop(site, orders + warmUp)
    await using api = await site.start('api')
    await using worker = await site.start('worker')
    await using bot = await site.start('bot', { STORELINE_URL: api.url })
    await using screen = await followEvents(api.url, { ...shop.key, query: ORDER_EVENTS, keyOf: customerOf })
    await using webhooks = openWebhooks({ url: api.url, appSecret: site.app.config.whatsapp.appSecret })
    await delay(1_000)

    const confirm = (phone: string) => webhooks.deliver(shop.phoneNumberId, { from: phone, text: 'confirm' })
    await atRate(PER_SECOND, warmUp, async (n) => {
      await confirm(phoneOf(1 + orders + n))
      await screen.seenAt(phoneOf(1 + orders + n))
    })
    const cpu = () => [api, worker, bot].map(({ pid }) => cpuMs(pid))
    const before = cpu()
    const measured = await measureOrders({ perSecond: PER_SECOND, orders, confirm, seenAt: screen.seenAt, target: 100 })
    const used = cpu().map((ms, index) => ((ms - (before[index] ?? 0)) / orders).toFixed(1))
    log(`CPU an order: api ${used[0]} ms, worker ${used[1]} ms, bot ${used[2]} ms`)
    return measured
  },
}

type Measured = {
  perSecond: number
  orders: number
  confirm: (phone: string) => Promise<void>
  seenAt: (phone: string) => Promise<number>
  /** ms */
  target: number
}

export async function measureOrders({ perSecond, orders, confirm, seenAt, target }: Measured): Promise<Measurement[]> {
  const fromAccepted: number[] = []
  const fromPosted: number[] = []
  await atRate(perSecond, orders, async (n, dueAt) => {
    const phone = phoneOf(1 + n)
    await confirm(phone)
    const accepted = now()
    const seen = await seenAt(phone)
    fromAccepted.push(seen - accepted)
    fromPosted.push(seen - dueAt)
  })
  return [
    {
      metric: 'webhook accepted → order on screen, p95',
      value: percentile(fromAccepted, 0.95),
      unit: 'ms',
      target: { atMost: target },
    },
    { metric: 'webhook accepted → order on screen, median', value: median(fromAccepted), unit: 'ms' },
    { metric: 'webhook posted → order on screen, p95', value: percentile(fromPosted, 0.95), unit: 'ms' },
  ]
}

/** A shop whose customers have all but ordered. */
async function checkoutShop(site: Site, customers: number): Promise<TestShop> {
  const shop = await site.newShop()
  const products: { variantId: string }[] = []
  for (let n = 0; n < PRODUCTS; n++)
    products.push(
      await createTestProduct(site.app, shop.owner, { price: PRICE, onHand: 100_000, name: `Product ${n}` }),
    )
  const variantIds = products.map((product) => product.variantId)
  await seedCheckouts(site.adminUrl, { merchantId: shop.merchantId, variantIds, customers, total: PRICE })
  return shop
}
