import { setTimeout as delay } from 'node:timers/promises'
import {
  createPostgresBackend,
  type Job,
  Queue,
  runMigrations,
  Worker,
  type Processor,
  type WorkerOptions,
} from 'bullmq'
import { Redis } from 'ioredis'
import pg from 'pg'
import { reconnectWhenSilent, redisOptions } from '../db/redis.ts'
import { addToPostgres, addToRedis, type NewJob } from './add-jobs.ts'
import type { QueueName } from './kit.ts'
import { indexMerchantJobs, postgresMerchantJobs, redisMerchantJobs, type MerchantJobs } from './merchant-jobs.ts'

/** BullMQ's storage of jobs: Redis, or the schema `bullmq` in the same PostgreSQL. */
export type JobBackend = AsyncDisposable & {
  openQueue: (name: QueueName) => Queue
  openWorker: (name: QueueName, processor: Processor, options: Partial<WorkerOptions>) => Worker
  /** Adds jobs of any queues. Returns the error of each job that was refused, in their order. */
  add: (jobs: readonly NewJob[]) => Promise<(Error | null)[]>
  merchantJobs: MerchantJobs
}

const PREFIX = 'storeline'

/** Delay before a worker fetches again after the storage failed or refused, in ms. */
const FETCH_RETRY_MS = 1_000

/**
 * A worker that waits after a failed fetch. BullMQ's own waits for `runRetryDelay` only when the connection failed: a Redis or
 * PostgreSQL that is full or read-only refuses at once, and BullMQ would fetch again thousands of times a second.
 */
class PatientWorker extends Worker {
  protected override async moveToActive(token: string, name?: string): Promise<Job> {
    try {
      return await super.moveToActive(token, name)
    } catch (error) {
      if (!this.closing) await delay(FETCH_RETRY_MS)
      throw error
    }
  }
}

/**
 * Producers share a connection that fails fast, so that no request waits for Redis. Each worker has a connection of its own
 * that retries without limit, as BullMQ demands.
 */
export function redisBackend(url: string, producer: Redis): JobBackend {
  const connections = new Set<Redis>()
  return {
    // BullMQ never repeats a version check that failed because Redis was down at the start.
    openQueue: (name) =>
      quiet(
        new Queue(name, { connection: producer, prefix: PREFIX, skipWaitingForReady: true, skipVersionCheck: true }),
      ),
    openWorker: (name, processor, options) => {
      const connection = new Redis(redisOptions(url, { maxRetriesPerRequest: null }))
      connections.add(connection)
      reconnectWhenSilent(connection)
      const worker = quiet(
        new PatientWorker(name, processor, { runRetryDelay: FETCH_RETRY_MS, ...options, prefix: PREFIX, connection }),
      )
      worker.on('closed', () => connection.disconnect())
      return worker
    },
    add: (jobs) => addToRedis(PREFIX, jobs),
    merchantJobs: redisMerchantJobs(producer, PREFIX),
    [Symbol.asyncDispose]: async () => connections.forEach((connection) => connection.disconnect()),
  }
}

/** Jobs in PostgreSQL, schema `bullmq`. One pool serves all queues and workers of the process. */
export async function postgresBackend(url: string): Promise<JobBackend> {
  const pool = new pg.Pool({
    connectionString: url,
    max: 20,
    keepAlive: true,
    application_name: 'storeline-jobs',
    // Jobs that a crash of the database loses are found by the sweeps, as those that a Redis loses.
    options: '-c search_path=bullmq -c synchronous_commit=off',
  })
  pool.on('error', () => {})
  pool.on('connect', (client) => void client.on('error', () => {}))
  // Each queue and worker adds listeners to the shared pool.
  pool.setMaxListeners(0)
  const client = await pool.connect()
  try {
    await runMigrations(client as never, 'bullmq')
    await indexMerchantJobs(client)
  } finally {
    client.release()
  }
  const connection = pool as never
  return {
    openQueue: (name) => quiet(new Queue(name, { connection, prefix: PREFIX }, createPostgresBackend as never)),
    openWorker: (name, processor, options) =>
      quiet(
        new PatientWorker(
          name,
          processor,
          { ...options, connection, prefix: PREFIX } as never,
          createPostgresBackend as never,
        ),
      ),
    add: addToPostgres,
    merchantJobs: postgresMerchantJobs(pool),
    [Symbol.asyncDispose]: async () => {
      await pool.end()
    },
  }
}

// Connection errors surface elsewhere (enqueue rejects, /readyz reports them); an 'error' event without a listener would end
// the process.
function quiet<T extends { on: (event: 'error', listener: () => void) => unknown }>(emitter: T): T {
  emitter.on('error', () => {})
  return emitter
}
