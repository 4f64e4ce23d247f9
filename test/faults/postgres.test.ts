import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../server/db/embedded.ts'
import { encodeCursor } from '../../server/events/cursor.ts'
import { relayEvents } from '../../server/events/jobs.ts'
import { countDeadJobs } from '../../server/jobs/dead-jobs.ts'
import { emulatorOf } from '../harness/customer.ts'
import { openFleet, SECRET_OF_FLEET, type Fleet } from '../harness/fleet.ts'
import { openLauncher, until } from '../harness/processes.ts'
import { startRedis } from '../harness/redis.ts'
import { deliver, inboundBody } from '../harness/whatsapp.ts'
import { followEvents, sequencesAfter } from './following.ts'
import { lookUpUnrelayed } from '../../server/events/lookups.ts'

const OUTAGE_MS = 10_000

type DeadJobs = { deadJobs: { edges: { node: { name: string; reason: string } }[] } }

let directory: string
let postgres: EmbeddedPostgres
let fleet: Fleet

const startPostgres = (port = 0) =>
  startEmbeddedPostgres(join(directory, 'postgres'), { port, settings: { fsync: 'off' } })

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'storeline-postgres-'))
  postgres = await startPostgres()
}, 60_000)

afterAll(async () => {
  await fleet?.[Symbol.asyncDispose]()
  await postgres?.[Symbol.asyncDispose]()
  await rm(directory, { recursive: true, force: true })
})

test('two processes that start at the same time on an empty database both run, and migrations are applied once', async () => {
  await using redis = await startRedis()
  await using launcher = await openLauncher()
  const env = {
    DATABASE_URL: postgres.url,
    REDIS_URL: redis.url,
    DATA_DIR: directory,
    PUBLIC_URL: 'http://localhost',
    SECRET_KEY: SECRET_OF_FLEET,
  }
  const nodes = await Promise.all([launcher.start('api', env), launcher.start('api,worker', env)])
  expect(nodes.map((node) => node.exit())).toEqual([undefined, undefined])
  const client = new pg.Client({ connectionString: postgres.url })
  await client.connect()
  const { rows } = await client.query<{ name: string; times: number; unfinished: boolean }>(
    'SELECT migration_name AS name, count(*)::int AS times, bool_or(finished_at IS NULL OR rolled_back_at IS NOT NULL) AS unfinished FROM _prisma_migrations GROUP BY 1',
  )
  await client.end()
  expect(rows.length).toBeGreaterThan(0)
  for (const row of rows) expect(row).toMatchObject({ times: 1, unfinished: false })
}, 60_000)

test('while PostgreSQL is down for ten seconds, requests get clear errors and no process exits; afterwards all work resumes and nothing is lost', async () => {
  fleet = await openFleet({ databaseUrl: postgres.url })
  const api = await fleet.start('api,worker,emulator')
  const bot = await fleet.startBot(api.url)
  const { url } = api
  const { shop, app } = fleet
  const customer = await emulatorOf(url, shop.phoneNumberId).customer('+1 555 010 0501')
  const answerCount = async () => (await customer.answers()).length
  await customer.write('hi')
  await until('the bot answers', async () => (await answerCount()) === 1)
  const from = (await app.log.bounds(shop.merchantId)).last
  await using follower = followEvents({ url: () => url, headers: shop.key, after: encodeCursor(from) })
  await follower.connected

  const port = Number(new URL(postgres.url).port)
  await postgres[Symbol.asyncDispose]()
  const outageStartedAt = Date.now()
  const body = inboundBody(shop.phoneNumberId, [{ from: '15550100502', text: 'during the outage' }])
  // The emulator retries the delivery of this message, as Meta does.
  await customer.write('help')
  await using late = followEvents({ url: () => url, headers: shop.key, after: encodeCursor(from) })
  for (let round = 0; Date.now() - outageStartedAt < OUTAGE_MS; round++) {
    const requestedAt = Date.now()
    const answer = await fleet.graphql(url).send('{ conversations(first: 1) { edges { node { id } } } }')
    expect({ round, status: answer.status, codes: answer.errors?.map((error) => error.extensions?.code) }).toEqual({
      round,
      status: 503,
      codes: ['UNAVAILABLE'],
    })
    expect((await deliver({ url, app }, body)).status).toBe(503)
    expect((await fetch(`${url}/healthz`)).status).toBe(200)
    expect((await fetch(`${url}/readyz`)).status).toBe(503)
    expect(Date.now() - requestedAt).toBeLessThan(8_000)
    // Each job has one attempt, which is made during the outage.
    await app.queues.enqueue({
      ...relayEvents.request({ merchantId: shop.merchantId, window: round + 1 }),
      attempts: 1,
    })
    await delay(250)
  }
  expect([api.exit(), bot.exit()]).toEqual([undefined, undefined])

  postgres = await startPostgres(port)
  await until('the api is ready again', async () => (await fetch(`${url}/readyz`)).ok)
  expect((await deliver({ url, app }, body)).status).toBe(200)
  await until('the message sent during the outage is answered', async () => (await answerCount()) === 2)
  await customer.write('menu')
  await until('the bot answers a new message', async () => (await answerCount()) === 3)
  await until('all events are relayed', async () => (await lookUpUnrelayed(app)).length === 0)
  const counts = () => app.queues.queue('relay').getJobCounts('waiting', 'active', 'delayed', 'failed')
  await until('all jobs are done', async () => Object.values(await counts()).every((count) => count === 0))
  // The emulator does not know the message that this test delivered, and refuses to mark it as read.
  const { deadJobs } = await fleet.graphql(url).run<DeadJobs>('{ deadJobs { edges { node { name reason } } } }')
  const unknown = { name: 'mark-read', reason: '(#131009) Parameter value is not valid' }
  for (const { node } of deadJobs.edges) expect(node).toEqual(unknown)
  const deadJobCounts = await countDeadJobs(app)
  expect([...deadJobCounts.values()].reduce((sum, count) => sum + count, 0)).toBe(deadJobs.edges.length)
  expect(deadJobs.edges.length).toBeLessThanOrEqual(1)
  const { last } = await app.log.bounds(shop.merchantId)
  await until('the followers have every event', () =>
    [follower, late].every(({ sequences }) => (sequences.at(-1) ?? 0) >= last),
  )
  for (const { sequences } of [follower, late]) expect(sequences).toEqual(sequencesAfter(from, sequences.length))
}, 90_000)
