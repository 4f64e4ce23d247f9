import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { cloneDatabase, type TestDatabase } from '../test/harness/database.ts'
import { createTestShop, type TestShop } from '../test/harness/shop.ts'
import { webhooksOf } from '../test/harness/webhooks.ts'
import { unseal } from './auth/sealing.ts'
import { type Env, readConfig } from './config.ts'
import { type AppContext, createAppContext } from './context.ts'
import { commitListeners } from './features/commits.ts'
import { eventCatalogue } from './features/events.ts'
import { resealEndpoints } from './features/webhooks/endpoints/reseal.ts'
import { checkSecretKey, isKnownSecretKey } from './secret-key.ts'

const FIRST = 'the-first-secret-key-of-this-test'
const SECOND = 'the-second-secret-key-of-this-test'

let database: TestDatabase
let dataDir: string
let shop: TestShop
const opened: AppContext[] = []
beforeAll(async () => {
  database = await cloneDatabase()
  dataDir = await mkdtemp(join(tmpdir(), 'storeline-key-'))
})
afterAll(async () => {
  for (const app of opened) await app[Symbol.asyncDispose]()
  await database[Symbol.asyncDispose]()
  await rm(dataDir, { recursive: true, force: true })
})

/** A process with these settings on the one database. */
async function open(env: Env): Promise<AppContext> {
  const config = readConfig({
    NODE_ENV: 'test',
    LOG_LEVEL: 'silent',
    DATA_DIR: dataDir,
    DATABASE_POOL_SIZE: '3',
    ...env,
  })
  const app = await createAppContext(config, {
    databaseUrl: database.url,
    events: eventCatalogue,
    onCommit: commitListeners,
  })
  opened.push(app)
  return app
}
const start = async (env: Env) => {
  const app = await open(env)
  await checkSecretKey(app, [resealEndpoints])
  return app
}

test('processes that start at once on a new database agree on their key', async () => {
  expect(await isKnownSecretKey(await open({ SECRET_KEY: FIRST }))).toBeNull()
  const apps = await Promise.all([FIRST, FIRST, FIRST].map((key) => start({ SECRET_KEY: key })))
  expect(await Promise.all(apps.map(isKnownSecretKey))).toEqual([true, true, true])
})

test('another key is refused with advice, and neither key is printed', async () => {
  const refused = await start({ SECRET_KEY: SECOND }).catch((error: Error) => error.message)
  expect(refused).toMatch(/SECRET_KEY is not the key.*SECRET_KEY_PREVIOUS.*docs\/operators\.md/)
  expect(refused).not.toMatch(/of-this-test/)
  expect(
    await start({ SECRET_KEY: SECOND, SECRET_KEY_PREVIOUS: `${FIRST}x` }).catch((error: Error) => error.name),
  ).toBe('ConfigError')
})

test('a new key with the previous one is accepted, whichever process starts first, and sealed secrets still open', async () => {
  const before = await start({ SECRET_KEY: FIRST })
  shop = await createTestShop(before)
  const { secret } = await webhooksOf(before, shop).create({ url: 'https://example.com/' })
  const rotating = { SECRET_KEY: SECOND, SECRET_KEY_PREVIOUS: FIRST }
  await Promise.all([start(rotating), start(rotating), start(rotating)])
  const sealed = await webhooksOf(before, shop).rows<{ id: string; secret: Buffer }>(
    'SELECT id, secret FROM webhook_endpoint',
    [],
  )
  expect(sealed.map((row) => unseal(SECOND, 'webhook-secret', row.id, row.secret))).toEqual([secret])
  expect(await start({ SECRET_KEY: SECOND }).then(isKnownSecretKey)).toBe(true)
  expect(await start({ SECRET_KEY: FIRST }).catch((error: Error) => error.name)).toBe('ConfigError')
})
