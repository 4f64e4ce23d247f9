import { setTimeout as delay } from 'node:timers/promises'
import { createTestProduct } from '../../test/harness/shop.ts'
import { broadcast, CHANNEL, commitEvents, ORDER_CHANGES } from '../harness/broadcasts.ts'
import { cpuMs, nextMessage, startScript } from '../harness/children.ts'
import type { Measurement, Scenario } from '../harness/scenario.ts'
import { seedOrders } from '../harness/seed.ts'
import { median } from '../harness/statistics.ts'
import { openSubscribers, type Seen, type Subscribers } from '../harness/subscribers.ts'

const PER_SECOND = 50

type Round = Seen & { cpu: number }

/**
 * Events of one shop to all its subscribers: from the commit over Redis, executed and framed by the api, beside
 * bytes of the same size broadcast from Redis over plain sockets. Every sequence of every subscriber is checked.
 */
export const fanOut: Scenario = {
  name: 'fan-out',
  doc: `${PER_SECOND} events a second to 200 and 1,000 subscribers of one shop on Redis, beside a raw broadcast`,
  run: async ({ site, quick, log }) => {
    const { merchantId, owner, key } = await site.newShop()
    const { variantId } = await createTestProduct(site.app, owner)
    await seedOrders(site.adminUrl, { merchantId, variantId, customers: 100, orders: 2_000 })
    // All of them are one key's.
    await using api = await site.start('api', { SUBSCRIPTIONS_PER_CALLER: '2000' })
    await using _worker = await site.start('worker')
    await using floor = startScript(new URL('../floors/broadcast.ts', import.meta.url), {
      redisUrl: site.redisUrl,
      channel: CHANNEL,
    })
    const floorUrl = await nextMessage<string>(floor)
    const events = PER_SECOND * (quick ? 2 : 5)
    const measured: Measurement[] = []

    for (const count of quick ? [200] : [200, 1_000]) {
      const url = `${api.url.replace('http', 'ws')}/graphql`
      await using ours = await openSubscribers({ url, count, subscription: { ...key, query: ORDER_CHANGES } })
      await using plain = await openSubscribers({ url: floorUrl, count })
      await delay(1_000)
      // Documents are compiled, code is optimised and buffers have grown before anything counts; that also shows an event's size.
      const pace = { perSecond: PER_SECOND, count: events }
      const publish = () => commitEvents(site, merchantId, pace)
      await round(ours, api.pid, publish)
      const sample = await ours.sample()
      const publishFloor = () => broadcast(site, sample, pace)
      await round(plain, floor.pid, publishFloor)

      const rounds: { ours: Round; floor: Round }[] = []
      for (let n = 0; n < (quick ? 1 : 3); n++) {
        const one = {
          floor: await round(plain, floor.pid, publishFloor),
          ours: await round(ours, api.pid, publish),
        }
        for (const [who, { p50, p99, cpu, deliveries }] of Object.entries(one)) {
          log(
            `${count} ${who.padEnd(5)} p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms, cpu ${cpu} ms, ${deliveries} of ${sample.length} bytes`,
          )
        }
        rounds.push(one)
      }
      measured.push(...compare(count, rounds))
    }
    return measured
  },
}

function compare(count: number, rounds: { ours: Round; floor: Round }[]): Measurement[] {
  const of = (who: 'ours' | 'floor', what: keyof Round): number => median(rounds.map((one) => one[who][what]))
  const ratio = (what: keyof Round): number => median(rounds.map((one) => one.ours[what] / one.floor[what]))
  const wrong = rounds.reduce((sum, { ours }) => sum + ours.lost + ours.doubled + ours.disordered, 0)
  return [
    {
      metric: `${count} subscribers, p99`,
      value: of('ours', 'p99'),
      unit: 'ms',
      floor: of('floor', 'p99'),
      ratio: ratio('p99'),
      target: { atMost: 1.2 },
    },
    {
      metric: `${count} subscribers, median`,
      value: of('ours', 'p50'),
      unit: 'ms',
      floor: of('floor', 'p50'),
      ratio: ratio('p50'),
    },
    {
      metric: `${count} subscribers, CPU of the serving process`,
      value: of('ours', 'cpu'),
      unit: 'ms',
      floor: of('floor', 'cpu'),
      ratio: ratio('cpu'),
      target: { atMost: 1.3 },
    },
    {
      metric: `${count} subscribers, lost, doubled or out of order`,
      value: wrong,
      unit: 'count',
      target: { atMost: 0 },
    },
  ]
}

async function round(
  subscribers: Subscribers,
  serverPid: number,
  publish: () => Promise<Map<number, number>>,
): Promise<Round> {
  const before = cpuMs(serverPid)
  const sentAt = await publish()
  const seen = await subscribers.judge(sentAt)
  return { ...seen, cpu: cpuMs(serverPid) - before }
}
