import { randomUUID } from 'node:crypto'
import { Queue } from 'bullmq'
import { dispatchWebhooks } from '../../server/features/webhooks/deliveries/dispatch.ts'
import { sendMessageJob } from '../../server/features/conversations/jobs.ts'
import { queryMerchant } from '../../server/db/merchant-query.ts'
import { alternate } from '../harness/alternate.ts'
import { startArrivals, type Arrivals } from '../harness/arrivals.ts'
import { startScript } from '../harness/children.ts'
import type { Scenario } from '../harness/scenario.ts'
import { seedConversations } from '../harness/seed.ts'
import type { Site } from '../harness/site.ts'
import type { FloorOfJobs } from '../floors/jobs.ts'
import { emitEvents, openEndpoint } from './webhooks.ts'

const POOL = 16
/** As server/jobs/worker.ts has them for the two queues. */
const CONCURRENCY = { webhook: 192, message: 24 }
/** Fewer than one number may send in a second, so that nobody is made to wait. */
const MESSAGES_OF_A_NUMBER = 60
const NUMBERS_OF_A_SHOP = 5

type Stage = { site: Site; count: number; receiver: Arrivals; merchantId: string }

/** Compares our jobs with bare BullMQ that runs the same statements and the same request. */
export const jobs: Scenario = {
  name: 'jobs',
  doc: 'webhook and message jobs a second, beside bare BullMQ with as many statements and the same request',
  run: async ({ site, quick, log }) => {
    const rounds = quick ? 1 : 3
    await using receiver = await startArrivals(() => ({
      messaging_product: 'whatsapp',
      contacts: [],
      messages: [{ id: `wamid.${randomUUID()}` }],
    }))
    const { merchantId } = await site.newShop()
    const endpointId = await openEndpoint(site.app, merchantId, receiver.url)
    const stage: Stage = { site, receiver, merchantId, count: quick ? 400 : 4_000 }
    const say = (what: string) => (rate: number) => {
      log(`${what} ${rate.toFixed(0)}/s`)
      return rate
    }
    const webhook = await alternate(rounds, {
      ours: () => ourWebhooks(stage).then(say('our webhooks')),
      floor: () => floorWebhooks(stage, endpointId).then(say('floor')),
    })
    const shops: string[] = []
    for (let n = 0; n < (quick ? 2 : 8); n++) shops.push((await site.newShop()).merchantId)
    await seedConversations(site.adminUrl, shops, { customers: MESSAGES_OF_A_NUMBER, numbers: NUMBERS_OF_A_SHOP })
    const message = await alternate(rounds, {
      ours: () => ourMessages(stage, shops).then(say('our messages')),
      floor: () => floorMessages(stage, shops).then(say('floor')),
    })
    const target = { atLeast: 0.6 }
    return [
      { metric: 'webhook jobs', unit: '1/s', ...webhook, target },
      { metric: 'message jobs', unit: '1/s', ...message, target },
    ]
  },
}

/** Jobs wait until the worker starts; the measurement begins with its first job. */
async function ourWebhooks({ site, count, receiver, merchantId }: Stage): Promise<number> {
  await emitEvents(site.app, merchantId, count)
  await dispatchWebhooks(site.app, merchantId)
  return withOurWorker({ site, count, receiver })
}

async function withOurWorker({ site, count, receiver }: Omit<Stage, 'merchantId'>): Promise<number> {
  const env = {
    WEBHOOK_ALLOWED_NETWORKS: '127.0.0.0/8',
    WHATSAPP_API_URL: receiver.url,
    DATABASE_POOL_SIZE: String(POOL),
  }
  const running: AsyncDisposable[] = []
  try {
    return await receiver.rateOf(count, async () => void running.push(await site.start('worker', env)))
  } finally {
    for (const worker of running) await worker[Symbol.asyncDispose]()
  }
}

async function floorWebhooks(stage: Stage, endpointId: string): Promise<number> {
  const { site, count, merchantId } = stage
  const body = JSON.stringify({
    type: 'order_status_changed',
    version: 1,
    sequence: 1,
    data: { orderId: randomUUID() },
  })
  const rows = await queryMerchant<{ id: string }>(
    site.app,
    merchantId,
    `INSERT INTO webhook_delivery (id, merchant_id, endpoint_id, event_type, body, next_attempt_at)
     SELECT gen_random_uuid(), $1, $2, 'order_status_changed', $4, now() FROM generate_series(1, $3::int) RETURNING id`,
    [merchantId, endpointId, count, body],
  )
  return floor(stage, 'webhook', rows)
}

/** One message in each conversation of each shop. */
async function queueMessages({ app }: Site, shops: readonly string[]): Promise<{ merchantId: string; id: string }[]> {
  const queued = shops.map(async (merchantId) => {
    // A worker is stopped when all requests have come, and may not have noted the last ones: later messages would wait.
    await queryMerchant(app, merchantId, `UPDATE message SET status = 'SENT' WHERE status = 'QUEUED'`)
    const rows = await queryMerchant<{ id: string }>(
      app,
      merchantId,
      `INSERT INTO message (id, merchant_id, conversation_id, direction, author, kind, content, text, status, occurred_at)
       SELECT gen_random_uuid(), $1, id, 'OUTBOUND', 'SYSTEM', 'text', $2, 'Your order is on its way.', 'QUEUED', now()
       FROM conversation RETURNING id`,
      [merchantId, { kind: 'text', body: 'Your order is on its way.' }],
    )
    return rows.map(({ id }) => ({ merchantId, id }))
  })
  return (await Promise.all(queued)).flat()
}

async function ourMessages({ site, receiver }: Stage, shops: readonly string[]): Promise<number> {
  const messages = await queueMessages(site, shops)
  await site.app.queues.enqueue(
    ...messages.map(({ merchantId, id }) => sendMessageJob.request({ merchantId, messageId: id })),
  )
  return withOurWorker({ site, count: messages.length, receiver })
}

async function floorMessages(stage: Stage, shops: readonly string[]): Promise<number> {
  const messages = await queueMessages(stage.site, shops)
  return floor({ ...stage, count: messages.length }, 'message', messages)
}

async function floor(
  { site, count, receiver }: Stage,
  kind: FloorOfJobs['kind'],
  rows: { id: string }[],
): Promise<number> {
  const queue = new Queue(`floor-${randomUUID()}`, { connection: { url: site.redisUrl } })
  await queue.addBulk(rows.map(({ id }) => ({ name: kind, data: { id }, opts: { jobId: id } })))
  const data: FloorOfJobs = {
    kind,
    redisUrl: site.redisUrl,
    // As superuser: without the policies that keep shops apart.
    databaseUrl: site.adminUrl,
    queue: queue.name,
    url: receiver.url,
    concurrency: CONCURRENCY[kind],
    poolSize: POOL,
  }
  const running: AsyncDisposable[] = []
  try {
    return await receiver.rateOf(
      count,
      () => void running.push(startScript(new URL('../floors/jobs.ts', import.meta.url), data)),
    )
  } finally {
    for (const worker of running) await worker[Symbol.asyncDispose]()
    await queue.obliterate({ force: true })
    await queue.close()
  }
}
