import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { expect, inject, onTestFinished, test, vi } from 'vitest'
import { emptyDatabase } from '../../test/harness/database.ts'
import { startRedis } from '../../test/harness/redis.ts'
import { openRedis } from '../db/redis.ts'
import { postgresBackend, redisBackend, type JobBackend } from './backend.ts'

type Storage = {
  backend: JobBackend
  /** Has the storage refuse writes, or accept them again. */
  refuse: () => Promise<unknown>
  accept: () => Promise<unknown>
}

async function fullRedis(): Promise<Storage> {
  const redis = await startRedis()
  const producer = await openRedis(redis.url)
  const backend = redisBackend(redis.url, producer)
  onTestFinished(async () => {
    await backend[Symbol.asyncDispose]()
    producer.disconnect()
    await redis[Symbol.asyncDispose]()
  })
  const limit = (bytes: string) => redis.command('CONFIG', 'SET', 'maxmemory', bytes)
  return { backend, refuse: () => limit('1mb'), accept: () => limit('0') }
}

async function readOnlyPostgres(): Promise<Storage> {
  const database = await emptyDatabase()
  const backend = await postgresBackend(database.url)
  const admin = new pg.Client(inject('adminUrl'))
  await admin.connect()
  onTestFinished(async () => {
    await backend[Symbol.asyncDispose]()
    await admin.end()
    await database[Symbol.asyncDispose]()
  })
  const write = async (isAllowed: boolean) => {
    await admin.query(`ALTER DATABASE ${database.name} SET default_transaction_read_only = ${isAllowed ? 'off' : 'on'}`)
    await admin.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [database.name])
  }
  return { backend, refuse: () => write(false), accept: () => write(true) }
}

test.each([
  ['a full Redis', fullRedis],
  ['a read-only PostgreSQL', readOnlyPostgres],
])(
  'a worker waits between attempts to fetch a job while %s refuses, and goes on afterwards',
  async (_storage, open) => {
    const { backend, refuse, accept } = await open()
    const queue = backend.openQueue('maintenance')
    await queue.addBulk([1, 2, 3].map((n) => ({ name: 'work', data: { n }, opts: { attempts: 2 } })))
    const done = new Set<number>()
    const { promise: started, resolve: start } = withResolvers()
    const { promise: refused, resolve: goOn } = withResolvers()
    let runs = 0
    const work = async ({ data }: { data: { n: number } }) => {
      start()
      await refused
      // A failed job leaves its worker to fetch the next one by itself.
      if (++runs === 1) throw new Error('it failed')
      done.add(data.n)
    }
    const worker = backend.openWorker('maintenance', work, {
      concurrency: 1,
      lockDuration: 4_000,
      stalledInterval: 1_000,
    })
    let failures = 0
    worker.on('error', () => failures++)
    onTestFinished(async () => {
      await worker.close()
      await queue.close()
    })

    await started
    await refuse()
    goOn()
    await vi.waitFor(() => expect(failures).toBeGreaterThan(0), 10_000)
    const before = failures
    await delay(2_000)
    expect(failures - before).toBeLessThan(20)

    await accept()
    await vi.waitFor(() => expect([...done].toSorted()).toEqual([1, 2, 3]), 30_000)
  },
  60_000,
)

function withResolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {}
  const promise = new Promise<void>((done) => (resolve = done))
  return { promise, resolve }
}
