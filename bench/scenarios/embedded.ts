import { setTimeout as delay } from 'node:timers/promises'
import { memoryOf } from '../harness/children.ts'
import { startEmbedded } from '../harness/embedded.ts'
import { followEvents } from '../harness/live.ts'
import { atRate } from '../harness/pace.ts'
import type { Scenario } from '../harness/scenario.ts'
import { inBulk } from '../harness/bulk.ts'
import { phoneOf, seedCheckouts } from '../harness/seed.ts'
import { now } from '../harness/statistics.ts'
import { openWebhooks } from '../harness/webhooks.ts'
import { customerOf, measureOrders, ORDER_EVENTS } from './order-latency.ts'

const PER_SECOND = 5
const PRICE = 1_000

/** The set-up of `npm start`: everything in one process, and PostgreSQL beside it. */
export const embedded: Scenario = {
  name: 'embedded',
  doc: `first start with nothing configured, its memory when idle, and orders on it at ${PER_SECOND} a second`,
  run: async ({ site, quick }) => {
    const begun = now()
    await using all = await startEmbedded(site.main)
    const ready = (now() - begun) / 1000
    await delay(quick ? 1_000 : 10_000)
    const memory = memoryOf(all.pid)

    const orders = PER_SECOND * (quick ? 3 : 20)
    const warmUp = PER_SECOND * 2
    const [shop] = all.demo.shops
    if (!shop) throw new Error('the demo has no shop')
    const { merchantId, phoneNumberId, apiKey } = shop
    const variantIds = await addVariants(all.adminUrl, merchantId, 20)
    await seedCheckouts(all.adminUrl, { merchantId, variantIds, customers: orders + warmUp, total: PRICE })
    const follow = { authorization: `Bearer ${apiKey}`, query: ORDER_EVENTS, keyOf: customerOf }
    await using screen = await followEvents(all.url, follow)
    await using webhooks = openWebhooks({ url: all.url, appSecret: all.demo.whatsapp.appSecret })
    // The shop's pick-up address was set behind the server's back; it notices within two seconds.
    await delay(2_500)

    const confirm = (phone: string) => webhooks.deliver(phoneNumberId, { from: phone, text: 'confirm' })
    await atRate(PER_SECOND, warmUp, async (n) => {
      await confirm(phoneOf(1 + orders + n))
      await screen.seenAt(phoneOf(1 + orders + n))
    })
    const latencies = await measureOrders({
      perSecond: PER_SECOND,
      orders,
      confirm,
      seenAt: screen.seenAt,
      target: 250,
    })
    return [
      { metric: 'first start until ready', value: ready, unit: 's', target: { atMost: 20 } },
      { metric: 'memory of all processes, idle (PSS)', value: memory.pss, unit: 'MB', target: { atMost: 700 } },
      { metric: 'memory of all processes, idle (RSS)', value: memory.rss, unit: 'MB' },
      ...latencies,
    ]
  },
}

async function addVariants(adminUrl: string, merchantId: string, count: number): Promise<string[]> {
  const ids: string[] = []
  await inBulk(adminUrl, async (client) => {
    await client.query(`UPDATE merchant SET pickup_address = '1 Test Street' WHERE id = $1`, [merchantId])
    const text = `WITH made AS (INSERT INTO product (id, merchant_id, name) SELECT uuidv7(), $1, 'Product ' || n FROM generate_series(1, $2::int) n RETURNING id)
      INSERT INTO variant (id, merchant_id, product_id, sku, price, on_hand) SELECT uuidv7(), $1, id, id::text, $3, 100000 FROM made RETURNING id`
    const { rows } = await client.query<{ id: string }>(text, [merchantId, count, PRICE])
    ids.push(...rows.map((row) => row.id))
  })
  return ids
}
