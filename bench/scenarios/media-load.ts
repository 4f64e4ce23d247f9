import { setTimeout as delay } from 'node:timers/promises'
import { queryMerchant } from '../../server/db/merchant-query.ts'
import { busyImage } from '../../test/harness/images.ts'
import { createTestProduct } from '../../test/harness/shop.ts'
import { resultOf, upload } from '../../test/harness/upload.ts'
import { memoryOf } from '../harness/children.ts'
import { runLoad } from '../harness/load.ts'
import type { Scenario } from '../harness/scenario.ts'
import { seedOrders } from '../harness/seed.ts'
import { now } from '../harness/statistics.ts'

const LIST = `query Orders($first: Int) { orders(first: $first) { edges { node { id number status placedAt total { amount } customer { name } } } } }`

/** The latency of dashboard queries while images are processed on the same machine. */
export const mediaLoad: Scenario = {
  name: 'media-load',
  doc: 'queries at 8 connections while 20 photographs of 12 megapixels are uploaded and processed on the same machine',
  run: async ({ site, quick, log }) => {
    const { merchantId, owner, key } = await site.newShop()
    const { variantId } = await createTestProduct(site.app, owner)
    await seedOrders(site.adminUrl, { merchantId, variantId, customers: 100, orders: 2_000 })
    const photograph = await busyImage({ width: 4_000, height: 3_000 })
    const images = quick ? 3 : 20
    await using api = await site.start('api')
    await using worker = await site.start('worker')
    const queries = async (seconds: number) => {
      const { p50, p95, failed, failure } = await runLoad({
        origin: api.url,
        method: 'POST',
        headers: { 'content-type': 'application/json', ...key },
        requests: [{ path: '/graphql', body: JSON.stringify({ query: LIST, variables: { first: 20 } }) }],
        connections: 8,
        seconds,
        expect: '"placedAt"',
      })
      if (failed > 0) throw new Error(`${failed} answers were wrong: ${failure}`)
      log(`p50 ${p50.toFixed(1)} ms, p95 ${p95.toFixed(1)} ms`)
      return { p50, p95 }
    }
    const ready = async (): Promise<number> =>
      (
        await queryMerchant<{ n: number }>(
          site.app,
          merchantId,
          `SELECT count(*)::int AS n FROM media_asset WHERE status::text = 'READY'`,
        )
      )[0]?.n ?? 0

    await queries(1)
    const quiet = await queries(quick ? 1 : 5)
    let memory = 0
    const watch = setInterval(() => (memory = Math.max(memory, memoryOf(worker.pid).rss)), 100)
    const begun = now()
    const uploads = async (): Promise<void> => {
      for (let n = 0; n < images; n++) resultOf(await upload(api.url, key, { bytes: photograph }))
    }
    // As long as the images take, and no longer.
    const windows: number[] = []
    const load = async (): Promise<void> => {
      while ((await ready()) < images) windows.push((await queries(quick ? 1 : 2)).p95)
    }
    const [, took] = await Promise.all([
      uploads().then(load),
      (async () => {
        while ((await ready()) < images) await delay(50)
        return now() - begun
      })(),
    ])
    clearInterval(watch)
    return [
      {
        metric: 'query p95 while images are processed',
        value: Math.max(...windows),
        unit: 'ms',
        floor: quiet.p95,
        target: { atMost: 200 },
      },
      { metric: 'images processed', value: (images * 1_000) / took, unit: '1/s' },
      { metric: 'most memory of the worker (RSS)', value: memory, unit: 'MB' },
    ]
  },
}
