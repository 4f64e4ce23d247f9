import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { readConfig, type Env, type Role } from '../../server/config.ts'
import type { AppContext } from '../../server/context.ts'
import { freePort } from '../../server/db/embedded.ts'
import { relay } from '../../server/events/relay.ts'
import type { HttpServer } from '../../server/http/server.ts'
import { QUEUES } from '../../server/jobs/kit.ts'
import { lastingWork } from '../../server/jobs/lasting-work.ts'
import type { Logger } from '../../server/logger.ts'
import { startStoreline, type Storeline } from '../../server/storeline.ts'
import { cloneDatabase } from './database.ts'
import { graphqlClient, type GraphqlClient } from './graphql-client.ts'
import { startRedis, type TestRedis } from './redis.ts'
import { createTestShop, type TestShop } from './shop.ts'
import { lookUpUnrelayed } from '../../server/events/lookups.ts'

export type TestStoreline = AsyncDisposable & {
  app: AppContext
  http: HttpServer | null
  url: string
  env: Env
  redis: TestRedis | null
  shop: TestShop
  /** GraphQL as anonymous, or with a key or cookie. */
  graphql: (headers?: Record<string, string>) => GraphqlClient
  /** Resolves when every consequence of what has happened has happened: events relayed, due jobs done. */
  drain: () => Promise<void>
}

export type TestOptions = { runtime?: 'redis' | 'embedded'; roles?: Role[]; env?: Env; logger?: Logger }

/** A whole Storeline on a database and a Redis of its own, with one shop. */
export async function startTestStoreline({
  runtime = 'embedded',
  roles = ['api', 'worker'],
  env = {},
  logger,
}: TestOptions = {}): Promise<TestStoreline> {
  const database = await cloneDatabase()
  const redis = runtime === 'redis' ? await startRedis() : null
  const dataDir = await mkdtemp(join(tmpdir(), 'storeline-app-'))
  const environment: Env = {
    NODE_ENV: 'test',
    LOG_LEVEL: process.env.TEST_LOG_LEVEL ?? 'silent',
    DEMO: 'false',
    PORT: String(await freePort()),
    DATA_DIR: dataDir,
    DATABASE_URL: database.url,
    DATABASE_POOL_SIZE: '8',
    // Suites hammer with one key; those about the limit set it.
    RATE_LIMIT_POINTS: '0',
    ...(redis ? { REDIS_URL: redis.url } : {}),
    ...env,
  }
  let shop: TestShop | undefined
  const storeline: Storeline = await startStoreline(readConfig(environment), {
    roles,
    ...(logger ? { logger } : {}),
    prepare: async (app) => {
      shop = await createTestShop(app)
    },
  })
  const { app } = storeline
  const url = `http://127.0.0.1:${app.config.port}`
  return {
    app,
    http: storeline.http,
    url,
    env: environment,
    redis,
    shop: shop as TestShop,
    graphql: (headers = {}) => graphqlClient(url, headers),
    drain: () => drain(app),
    [Symbol.asyncDispose]: async () => {
      await storeline[Symbol.asyncDispose]()
      await redis?.[Symbol.asyncDispose]()
      await database[Symbol.asyncDispose]()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

const DRAIN_MS = 20_000

async function drain(app: AppContext): Promise<void> {
  for (const deadline = Date.now() + DRAIN_MS; Date.now() < deadline; await delay(5)) {
    await app.queues.settled()
    await app.state(lastingWork).settled()
    const unrelayed = await lookUpUnrelayed(app)
    for (const merchantId of unrelayed) await relay(app, merchantId)
    if (unrelayed.length > 0) continue
    const busy = await Promise.all(
      QUEUES.map((name) => app.queues.queue(name).getJobCounts('waiting', 'active', 'prioritized')),
    )
    const delayed = await Promise.all(QUEUES.map((name) => app.queues.queue(name).getDelayed(0, 50)))
    // A job for later belongs to the future; one that is put off for moments is still a consequence.
    const soon = delayed.flat().some((job) => job && job.timestamp + job.delay < Date.now() + 2_000)
    const working = busy.some((counts) => Object.values(counts).some((count) => count > 0))
    if (!working && !soon && (await lookUpUnrelayed(app)).length === 0) return
  }
  throw new Error(`drain() gave up after ${DRAIN_MS} ms: jobs keep coming`)
}
