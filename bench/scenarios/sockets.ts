import { setTimeout as delay } from 'node:timers/promises'
import { createTestProduct } from '../../test/harness/shop.ts'
import { broadcast, CHANNEL, commitEvents, ORDER_CHANGES } from '../harness/broadcasts.ts'
import { memoryOf, nextMessage, startScript } from '../harness/children.ts'
import type { Measurement, Scenario } from '../harness/scenario.ts'
import { seedOrders } from '../harness/seed.ts'
import { openSubscribers, type SubscriberOptions } from '../harness/subscribers.ts'

const COUNTS = [1_000, 5_000, 10_000]
const QUICK_COUNTS = [100, 500]
const PACE = { perSecond: 2, count: 16 }
const QUICK_PACE = { perSecond: 10, count: 5 }

/** Idle screens of one api: their memory, and how late one event reaches the last of them. */
export const sockets: Scenario = {
  name: 'sockets',
  doc: `${COUNTS.join(', ')} subscribed sockets of one api: memory a socket, and 2 events a second to all of them, beside plain sockets`,
  run: async ({ site, quick, log }) => {
    const { merchantId, owner, key } = await site.newShop()
    const { variantId } = await createTestProduct(site.app, owner)
    await seedOrders(site.adminUrl, { merchantId, variantId, customers: 100, orders: 2_000 })
    const counts = quick ? QUICK_COUNTS : COUNTS
    await using api = await site.start('api', { SUBSCRIPTIONS_PER_CALLER: '20000' })
    await using _worker = await site.start('worker')
    const floorData = { redisUrl: site.redisUrl, channel: CHANNEL }
    await using floor = startScript(new URL('../floors/broadcast.ts', import.meta.url), floorData)
    const floorUrl = await nextMessage<string>(floor)
    const pace = quick ? QUICK_PACE : PACE
    const subscription = { ...key, query: ORDER_CHANGES }
    const url = `${api.url.replace('http', 'ws')}/graphql`
    const publish = () => commitEvents(site, merchantId, pace)

    const memory: { count: number; ours: number; floor: number }[] = []
    const measured: Measurement[] = []
    for (const count of counts) {
      const mine = await withSockets({ url, count, subscription }, api.pid, quick, publish)
      const its = await withSockets({ url: floorUrl, count }, floor.pid, quick, () =>
        broadcast(site, mine.sample, pace),
      )
      memory.push({ count, ours: mine.memory, floor: its.memory })
      log(
        `${count} sockets: p99 ${mine.p99.toFixed(1)} ms, floor ${its.p99.toFixed(1)} ms; ${mine.memory.toFixed(0)} MB, floor ${its.memory.toFixed(0)} MB`,
      )
      measured.push(
        { metric: `${count} sockets, p99`, value: mine.p99, unit: 'ms', floor: its.p99, ratio: mine.p99 / its.p99 },
        { metric: `${count} sockets, lost events`, value: mine.lost, unit: 'count', target: { atMost: 0 } },
      )
    }
    const [fewest, most] = [memory[0], memory.at(-1)]
    if (!fewest || !most) throw new Error('nothing was measured')
    // From the fewest to the most, so that neither code nor the first buffers count.
    const each = (side: 'ours' | 'floor') => ((most[side] - fewest[side]) * 1024) / (most.count - fewest.count)
    const value = each('ours')
    measured.push({ metric: 'memory a socket', value, unit: 'kB', floor: each('floor'), target: { atMost: 8 } })
    return measured
  },
}

/** Opens sockets to a process, and returns its memory with them in MB and how late events reached them. */
async function withSockets(
  options: SubscriberOptions,
  pid: number,
  quick: boolean,
  publish: () => Promise<Map<number, number>>,
) {
  await using subscribers = await openSubscribers(options)
  // The garbage of opening them has gone.
  await delay(quick ? 500 : 5_000)
  const { pss } = memoryOf(pid)
  await subscribers.judge(await publish())
  const { p99, lost } = await subscribers.judge(await publish())
  return { memory: pss, p99, lost, sample: await subscribers.sample() }
}
