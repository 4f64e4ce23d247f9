import { randomUUID } from 'node:crypto'
import { systemActor } from '../../server/auth/actor.ts'
import { readConfig } from '../../server/config.ts'
import { createAppContext, type AppContext } from '../../server/context.ts'
import { queryMerchant } from '../../server/db/merchant-query.ts'
import { withTenant } from '../../server/unit-of-work/unit-of-work.ts'
import { commitListeners } from '../../server/features/commits.ts'
import { eventCatalogue } from '../../server/features/events.ts'
import { orderStatusChanged } from '../../server/features/orders/events.ts'
import { createEndpoint } from '../../server/features/webhooks/endpoints/service.ts'
import { startArrivals, type Arrivals } from '../harness/arrivals.ts'
import { startEmbedded } from '../harness/embedded.ts'
import { atRate } from '../harness/pace.ts'
import type { Measurement, Scenario } from '../harness/scenario.ts'
import { median, now, percentile } from '../harness/statistics.ts'

const PER_SECOND = 20
const ALLOWED = { WEBHOOK_ALLOWED_NETWORKS: '127.0.0.0/8' }

/** From an event's commit to its first attempt at the receiver. */
export const webhooks: Scenario = {
  name: 'webhooks',
  doc: `from a commit to the first attempt of its webhook, at ${PER_SECOND} events a second at random, on Redis and embedded`,
  run: async ({ site, quick }) => {
    const events = PER_SECOND * (quick ? 2 : 20)
    await using receiver = await startArrivals()
    const measured: Measurement[] = []
    {
      const { merchantId } = await site.newShop()
      await using _worker = await site.start('worker', ALLOWED)
      measured.push(...(await measure('Redis', { app: site.app, merchantId, receiver, events })))
    }
    await using all = await startEmbedded(site.main, ALLOWED)
    const config = readConfig({ DATA_DIR: all.directory, LOG_LEVEL: 'silent', PORT: '0' })
    // A process beside the embedded one, so that the moment of each commit is known here.
    await using app = await createAppContext(config, {
      databaseUrl: all.adminUrl,
      events: eventCatalogue,
      onCommit: commitListeners,
    })
    const merchantId = all.demo.shops[0]?.merchantId ?? ''
    measured.push(...(await measure('embedded', { app, merchantId, receiver, events })))
    return measured
  },
}

/** An endpoint at the receiver, told of changes of orders. */
export async function openEndpoint(app: AppContext, merchantId: string, url: string): Promise<string> {
  // In production addresses are entered with https, which the receiver of a measurement does not speak.
  const wanted = { url: 'https://receiver.example/', eventTypes: ['order_status_changed'] }
  const { endpoint } = await createEndpoint(app, systemActor(merchantId), wanted)
  await queryMerchant(app, merchantId, 'UPDATE webhook_endpoint SET url = $2 WHERE id = $1', [endpoint.id, `${url}/`])
  return endpoint.id
}

/** Commits `count` events in one transaction. */
export const emitEvents = (app: AppContext, merchantId: string, count: number): Promise<void> =>
  withTenant(app, systemActor(merchantId), async ({ emit }) => {
    for (let number = 0; number < count; number++) {
      const orderId = randomUUID()
      emit(orderStatusChanged.draft(orderId, { orderId, number, from: 'PENDING', to: 'CONFIRMED', reason: null }))
    }
  })

type Stage = { app: AppContext; merchantId: string; receiver: Arrivals; events: number }

async function measure(where: string, { app, merchantId, receiver, events }: Stage): Promise<Measurement[]> {
  await openEndpoint(app, merchantId, receiver.url)
  const committedAt = new Map<number, number>()
  const arrivedAt = new Map<number, number>()
  const { notifyCommit } = app
  app.notifyCommit = (commit) => {
    for (const { sequence } of commit.events) committedAt.set(sequence, now())
    notifyCommit(commit)
  }
  receiver.onBody((body, at) => void arrivedAt.set((JSON.parse(body) as { sequence: number }).sequence, at))
  const emitAll = (count: number) =>
    receiver.rateOf(count, () => atRate(PER_SECOND, count, () => emitEvents(app, merchantId, 1)))
  try {
    await emitAll(PER_SECOND * 2)
    committedAt.clear()
    await emitAll(events)
  } finally {
    app.notifyCommit = notifyCommit
  }
  const latencies = [...committedAt].map(([sequence, at]) => (arrivedAt.get(sequence) ?? Number.NaN) - at)
  return [
    {
      metric: `first attempt after commit, p95, ${where}`,
      value: percentile(latencies, 0.95),
      unit: 'ms',
      target: { atMost: 20 },
    },
    { metric: `first attempt after commit, median, ${where}`, value: median(latencies), unit: 'ms' },
  ]
}
