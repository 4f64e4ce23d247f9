import { setTimeout as delay } from 'node:timers/promises'
import { atRate } from '../harness/pace.ts'
import type { Scenario } from '../harness/scenario.ts'
import { phoneOf } from '../harness/seed.ts'
import { median, now, percentile } from '../harness/statistics.ts'
import { openWebhooks } from '../harness/webhooks.ts'

const PER_SECOND = 100
/** One number may send 80 messages a second, so a hundred customers a second write to several shops. */
const SHOPS = 4
const CUSTOMERS = 1_000

/** Signed webhooks, each a message of a customer, while api, worker and bot answer those that came before. */
export const intake: Scenario = {
  name: 'intake',
  doc: `${PER_SECOND} messages a second over signed webhooks, each answered by the bot, on Redis`,
  run: async ({ site, quick, log }) => {
    const shops = await Promise.all(Array.from({ length: SHOPS }, () => site.newShop()))
    await using api = await site.start('api')
    await using worker = await site.start('worker')
    await using bot = await site.start('bot', { STORELINE_URL: api.url })
    await using webhooks = openWebhooks({ url: api.url, appSecret: site.app.config.whatsapp.appSecret })

    const latencies: number[] = []
    const write = async (n: number, dueAt: number, into: number[]): Promise<void> => {
      const shop = shops[n % SHOPS]
      await webhooks.deliver(shop?.phoneNumberId ?? '', { from: phoneOf(1 + (n % CUSTOMERS)), text: 'hi' })
      into.push(now() - dueAt)
    }
    await atRate(PER_SECOND / 2, PER_SECOND * (quick ? 1 : 3), (n, dueAt) => write(n, dueAt, []))
    const sentBefore = site.cloudApi.sent()
    const seconds = quick ? 2 : 20
    await atRate(PER_SECOND, PER_SECOND * seconds, (n, dueAt) => write(n, dueAt, latencies))
    const sentDuring = site.cloudApi.sent() - sentBefore
    log(`processes: api ${api.pid}, worker ${worker.pid}, bot ${bot.pid}; ${sentDuring} calls to WhatsApp meanwhile`)

    const answered = now()
    for (let seen = -1; seen !== site.cloudApi.sent() && now() - answered < 60_000; await delay(1_500))
      seen = site.cloudApi.sent()
    return [
      { metric: `200 at ${PER_SECOND}/s, median`, value: median(latencies), unit: 'ms', target: { atMost: 50 } },
      { metric: `200 at ${PER_SECOND}/s, p95`, value: percentile(latencies, 0.95), unit: 'ms' },
      { metric: 'calls to WhatsApp a second meanwhile', value: sentDuring / seconds, unit: '1/s' },
      { metric: 'until the last answer after the last message', value: (now() - answered - 1_500) / 1000, unit: 's' },
    ]
  },
}
