import { createPostgresBackend, Queue, runMigrations, Worker, type Processor, type WorkerOptions } from 'bullmq'
import pg from 'pg'
import { openRedis } from '../db/redis.ts'
import type { QueueName } from './kit.ts'
import { indexShopJobs, postgresShopJobs, redisShopJobs, type ShopJobs } from './shop-jobs.ts'

/** Where BullMQ keeps its jobs: Redis, or a schema of its own in the same PostgreSQL. */
export type JobBackend = AsyncDisposable & {
  openQueue: (name: QueueName) => Queue
  openWorker: (name: QueueName, processor: Processor, options: Partial<WorkerOptions>) => Worker
  shopJobs: ShopJobs
  /** Resolves while the backend answers; rejects after `timeoutMs`. */
  ping: () => Promise<void>
}

const PREFIX = 'storeline'

/** Producers fail fast, so that a request never waits for Redis; workers wait for ever, as BullMQ demands. */
export async function redisBackend(url: string): Promise<JobBackend> {
  const producer = await openRedis(url)
  return {
    openQueue: (name) => quiet(new Queue(name, { connection: producer, prefix: PREFIX, skipWaitingForReady: true })),
    openWorker: (name, processor, options) =>
      quiet(
        new Worker(name, processor, {
          ...options,
          prefix: PREFIX,
          connection: { url, maxRetriesPerRequest: null, retryStrategy: (times) => Math.min(times * 100, 2_000) },
        }),
      ),
    shopJobs: redisShopJobs(producer, PREFIX),
    ping: async () => {
      await producer.ping()
    },
    [Symbol.asyncDispose]: async () => producer.disconnect(),
  }
}

/** Jobs in PostgreSQL, schema `bullmq`. One pool serves all queues and workers of the process. */
export async function postgresBackend(url: string): Promise<JobBackend> {
  const pool = new pg.Pool({
    connectionString: url,
    max: 20,
    keepAlive: true,
    application_name: 'storeline-jobs',
    options: '-c search_path=bullmq',
  })
  pool.on('error', () => {})
  pool.on('connect', (client) => void client.on('error', () => {}))
  // Each queue and worker listens on the pool they share.
  pool.setMaxListeners(0)
  const client = await pool.connect()
  try {
    await runMigrations(client as never, 'bullmq')
    await indexShopJobs(client)
  } finally {
    client.release()
  }
  const connection = pool as never
  return {
    openQueue: (name) => quiet(new Queue(name, { connection, prefix: PREFIX }, createPostgresBackend as never)),
    openWorker: (name, processor, options) =>
      quiet(
        new Worker(
          name,
          processor,
          { ...options, connection, prefix: PREFIX } as never,
          createPostgresBackend as never,
        ),
      ),
    shopJobs: postgresShopJobs(pool),
    ping: async () => {
      await pool.query('SELECT 1')
    },
    [Symbol.asyncDispose]: async () => {
      await pool.end()
    },
  }
}

// Connection errors surface where they matter (enqueue rejects, /readyz fails); unheard 'error' events would end the process.
function quiet<T extends { on: (event: 'error', listener: () => void) => unknown }>(emitter: T): T {
  emitter.on('error', () => {})
  return emitter
}
