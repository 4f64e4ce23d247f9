import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { systemActor } from '../../server/auth/actor.ts'
import { readConfig, type Env } from '../../server/config.ts'
import { createAppContext, type AppContext } from '../../server/context.ts'
import { freePort } from '../../server/db/embedded.ts'
import { queryMerchant } from '../../server/db/merchant-query.ts'
import { withTenant } from '../../server/unit-of-work/unit-of-work.ts'
import { decodeCursor, encodeCursor } from '../../server/events/cursor.ts'
import { commitListeners } from '../../server/features/commits.ts'
import { eventCatalogue } from '../../server/features/events.ts'
import { queueMessage } from '../../server/features/conversations/messages/outgoing.ts'
import { write } from '../harness/conversations.ts'
import { cloneDatabase, type TestDatabase } from '../harness/database.ts'
import { graphqlClient, type GraphqlClient } from '../harness/graphql-client.ts'
import { openLauncher, until, type Launcher, type RunningProcess } from '../harness/processes.ts'
import { startReceiver, type Receiver } from '../harness/receiver.ts'
import { startRedis, type TestRedis } from '../harness/redis.ts'
import { createTestShop, type TestShop } from '../harness/shop.ts'
import { LOCAL_WEBHOOKS, webhooksOf } from '../harness/webhooks.ts'

const PHONE = '15550100777'
const EVENTS = `subscription ($after: EventCursor) { events(after: $after) { __typename cursor ... on GapEvent { cause } } }`
const LOG = `query ($after: EventCursor) { eventLog(first: 100, after: $after) { edges { node { __typename cursor ... on GapEvent { cause } } } } }`
type Entry = { __typename: string; cursor: string; cause?: string }

let database: TestDatabase
let redis: TestRedis
let launcher: Launcher
let receiver: Receiver
let shop: TestShop
let env: Env
let dataDir: string
let api: RunningProcess
let graphql: GraphqlClient
/** The conversation, and the message that was queued when the backup was made. */
let conversationId: string
let queuedMessage: string
let endpoint: string
/** Cursors from before the restore: at the end of the backup, and at the end of the log that was lost. */
let backupEnd: string
let lostEnd: string

/** Runs use-cases outside the processes, and closes all connections before it returns. */
async function inApp<T>(work: (app: AppContext) => Promise<T>): Promise<T> {
  const config = readConfig({ ...env, LOG_LEVEL: 'silent' })
  await using app = await createAppContext(config, {
    databaseUrl: database.url,
    events: eventCatalogue,
    onCommit: commitListeners,
  })
  return await work(app)
}

async function asAdmin(...statements: string[]): Promise<void> {
  const client = new pg.Client({ connectionString: inject('adminUrl') })
  await client.connect()
  try {
    for (const statement of statements) await client.query(statement)
  } finally {
    await client.end()
  }
}

const nameOf = (url: string): string => new URL(url).pathname.slice(1)

async function startAll(): Promise<void> {
  api = await launcher.start('api,worker,emulator', env)
  graphql = graphqlClient(api.url, shop.key)
}

async function stopAll(): Promise<void> {
  api.kill('SIGTERM')
  await api.exited
}

const cursorNow = async (): Promise<string> =>
  (await graphql.run<{ merchant: { eventCursor: string } }>('{ merchant { eventCursor } }')).merchant.eventCursor
const sequenceNow = async (): Promise<number> => decodeCursor(await cursorNow()).sequence
const emitEvents = (count: number): Promise<void> => inApp((app) => webhooksOf(app, shop).emit(count))
const queueReply = (text: string): Promise<string> =>
  inApp((app) =>
    withTenant(app, systemActor(shop.merchantId), (unit) =>
      queueMessage(unit, {
        conversationId,
        author: 'STAFF',
        purpose: 'REPLY',
        content: { kind: 'text', body: text },
      }),
    ),
  )
const statusOf = (id: string): Promise<string | undefined> =>
  inApp(
    async (app) =>
      (
        await queryMerchant<{ status: string }>(app, shop.merchantId, 'SELECT status FROM message WHERE id = $1', [id])
      )[0]?.status,
  )
const deliveredEvents = () =>
  receiver.received.map(({ body }) => JSON.parse(body) as { sequence: number; incarnation: string; cursor: string })

beforeAll(async () => {
  ;[database, redis, launcher, receiver] = await Promise.all([
    cloneDatabase(),
    startRedis(),
    openLauncher(),
    startReceiver(),
  ])
  dataDir = await mkdtemp(join(tmpdir(), 'storeline-restore-'))
  env = {
    NODE_ENV: 'test',
    DATABASE_URL: database.url,
    REDIS_URL: redis.url,
    DATA_DIR: dataDir,
    PORT: String(await freePort()),
    RATE_LIMIT_POINTS: '0',
    ...LOCAL_WEBHOOKS,
  }
  await inApp(async (app) => {
    shop = await createTestShop(app)
    await write(app, { phoneNumberId: shop.phoneNumberId, phone: PHONE })
    const [row] = await queryMerchant<{ id: string }>(app, shop.merchantId, 'SELECT id FROM conversation', [])
    conversationId = row?.id ?? ''
    endpoint = (await webhooksOf(app, shop).create({ url: receiver.url, eventTypes: ['order_status_changed'] })).id
  })
  await startAll()
  await emitEvents(5)
  await until('the backup’s events are delivered', () => deliveredEvents().length === 5)
  await stopAll()

  // The backup contains a message that is not sent yet, and an event that has no delivery yet.
  queuedMessage = await queueReply('from the backup')
  await emitEvents(1)
  backupEnd = await inApp(async (app) => encodeCursor((await app.log.bounds(shop.merchantId)).last))
  const [backup, name] = [`backup_${nameOf(database.url)}`, nameOf(database.url)]
  await asAdmin(`CREATE DATABASE ${backup} TEMPLATE ${name} OWNER storeline`)

  await startAll()
  await until('the message is sent', async () => (await statusOf(queuedMessage)) !== 'QUEUED')
  await emitEvents(10)
  lostEnd = await cursorNow()
  const sent = (await sequenceNow()) - 1
  await until('all events are delivered', () => deliveredEvents().some(({ sequence }) => sequence >= sent))
  await stopAll()
  await asAdmin(`DROP DATABASE ${name} WITH (FORCE)`, `ALTER DATABASE ${backup} RENAME TO ${name}`)
}, 240_000)

afterAll(async () => {
  await launcher?.[Symbol.asyncDispose]()
  await receiver?.[Symbol.asyncDispose]()
  await redis?.[Symbol.asyncDispose]()
  await database?.[Symbol.asyncDispose]()
  if (dataDir) await rm(dataDir, { recursive: true, force: true })
})

test('a restored database is refused until the restore is finished', async () => {
  const refused = launcher.spawn('api', env)
  expect(await refused.exited).toEqual({ code: 1, signal: null })
  expect(refused.output()).toContain('This database was restored from a backup, or moved. Run "npm run restored"')
})

test('finishing a restore is refused while a process is connected, and otherwise reports what it did', async () => {
  const client = new pg.Client({ connectionString: database.url, application_name: 'storeline' })
  await client.connect()
  const refused = launcher.spawn('api', env, ['--restored'])
  expect(await refused.exited).toEqual({ code: 1, signal: null })
  expect(refused.output()).toContain('Stop all of them')
  await client.end()

  const done = launcher.spawn('api', env, ['--restored'])
  expect(await done.exited, done.output()).toEqual({ code: 0, signal: null })
  expect(done.output()).toMatch(/The event logs of 1 shops go on as "[a-z0-9]{8}"/)
  expect(done.output()).toContain('holds 1 messages')
})

test('a reader ahead of the backup gets a GapEvent over every transport when the new log has passed its cursor', async () => {
  await startAll()
  while ((await sequenceNow()) <= decodeCursor(lostEnd).sequence + 5) await emitEvents(5)
  const end = decodeCursor(backupEnd)
  const { incarnation } = decodeCursor(await cursorNow())
  expect(incarnation).toMatch(/^[a-z0-9]{8}$/)

  const page = async (after: string): Promise<Entry[]> => {
    const { eventLog } = await graphql.run<{ eventLog: { edges: { node: Entry }[] } }>(LOG, { after })
    return eventLog.edges.map(({ node }) => node)
  }
  const overSocket = async (after: string): Promise<Entry[]> => {
    await using subscription = graphql.subscribe(EVENTS, { after })
    const first = await subscription.next()
    const second = await subscription.next()
    return [first, second].map(({ data }) => data?.events as Entry)
  }
  for (const read of [page, overSocket, overSse]) {
    const [gap, next] = await read(lostEnd)
    expect(gap, read.name).toMatchObject({ __typename: 'GapEvent', cause: 'RESTORED' })
    expect(decodeCursor(gap?.cursor ?? '')).toEqual({ sequence: end.sequence, incarnation })
    expect(decodeCursor(next?.cursor ?? '')).toEqual({ sequence: end.sequence + 1, incarnation })
    // A reader whose cursor is in the backup has no gap, and neither has one that continues after the GapEvent.
    const [same] = await read(backupEnd)
    expect(decodeCursor(same?.cursor ?? ''), read.name).toEqual({ sequence: end.sequence + 1, incarnation })
    const [later] = await read(gap?.cursor ?? '')
    expect(decodeCursor(later?.cursor ?? ''), read.name).toEqual({ sequence: end.sequence + 1, incarnation })
  }
  const replay = `mutation ($input: ReplayWebhooksInput!) { replayWebhooks(input: $input) { __typename ... on ValidationError { issues { path message } } } }`
  expect(await graphql.run(replay, { input: { endpointId: endpoint, after: lostEnd } })).toMatchObject({
    replayWebhooks: { issues: [{ path: 'input.after', message: expect.stringContaining('a restored backup') }] },
  })
})

test('new events that reuse sequences of lost events are delivered, with the incarnation of the new log', async () => {
  const end = await sequenceNow()
  const { incarnation } = decodeCursor(await cursorNow())
  await until('the new events arrive', () =>
    deliveredEvents().some((body) => body.sequence === end && body.incarnation === incarnation),
  )
  const again = deliveredEvents().filter((body) => body.incarnation === incarnation)
  const first = decodeCursor(backupEnd).sequence + 1
  expect(again.map(({ sequence }) => sequence).toSorted((a, b) => a - b)[0]).toBe(first)
  expect(new Set(receiver.received.map(({ id }) => id)).size).toBe(receiver.received.length)
})

test('messages and deliveries that were unsent in the backup are sent only after the shop decides so', async () => {
  const inBackup = decodeCursor(backupEnd).sequence
  const arrived = () => deliveredEvents().filter(({ sequence }) => sequence === inBackup).length
  expect(await statusOf(queuedMessage)).toBe('QUEUED')
  const before = arrived()
  const decide = `mutation { decideRestore(input: { decision: SEND }) { __typename } }`
  expect(await graphql.run(decide)).toEqual({ decideRestore: { __typename: 'Restore' } })
  await until('the message is sent', async () => (await statusOf(queuedMessage)) !== 'QUEUED')
  await until('the event of the backup is delivered again', () => arrived() === before + 1)
})

/** Reads the first two answers of a subscription over server-sent events. */
async function overSse(after: string): Promise<Entry[]> {
  const response = await fetch(`${api.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream', ...shop.key },
    body: JSON.stringify({ query: EVENTS, variables: { after } }),
  })
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  while (text.split('\n').filter((line) => line.startsWith('data: {')).length < 2) {
    const { value, done } = (await reader?.read()) ?? { done: true, value: undefined }
    if (done) break
    text += value
  }
  await reader?.cancel()
  return text
    .split('\n')
    .filter((line) => line.startsWith('data: {'))
    .map((line) => (JSON.parse(line.slice(6)) as { data: { events: Entry } }).data.events)
}
