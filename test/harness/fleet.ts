import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readConfig, type Env } from '../../server/config.ts'
import { createAppContext, type AppContext } from '../../server/context.ts'
import { commitListeners } from '../../server/features/commits.ts'
import { eventCatalogue } from '../../server/features/events.ts'
import { cloneDatabase } from './database.ts'
import { graphqlClient, type GraphqlClient } from './graphql-client.ts'
import { openLauncher, type Launcher, type RunningProcess } from './processes.ts'
import { startRedis, type TestRedis } from './redis.ts'
import { createTestShop, type TestShop } from './shop.ts'

const BOT_KEY = 'the-key-of-the-bots-in-this-test'

/** Storeline as processes of their own on one database and one Redis, with one shop; nothing runs until started. */
export type Fleet = AsyncDisposable & {
  /** Looks into database and queues from the test's own process. */
  app: AppContext
  shop: TestShop
  redis: TestRedis
  /** The environment of every process. */
  env: Env
  start: Launcher['start']
  spawn: Launcher['spawn']
  /** A bot that reaches the API at `url`. */
  startBot: (url: string) => Promise<RunningProcess>
  graphql: (url: string) => GraphqlClient
}

/** A database goes on only with the key it was begun with. */
export const SECRET_OF_FLEET = 'the-secret-key-of-this-test'

/** `databaseUrl`: a migrated database of the caller's; otherwise the fleet clones one of its own. */
export async function openFleet({ databaseUrl, env = {} }: { databaseUrl?: string; env?: Env } = {}): Promise<Fleet> {
  const resources: AsyncDisposable[] = []
  const use = <T extends AsyncDisposable>(resource: T): T => {
    resources.push(resource)
    return resource
  }
  const dispose = async () => {
    for (const resource of resources.splice(0).toReversed()) await resource[Symbol.asyncDispose]()
  }
  try {
    const url = databaseUrl ?? use(await cloneDatabase()).url
    const redis = use(await startRedis())
    const dataDir = await mkdtemp(join(tmpdir(), 'storeline-fleet-'))
    use({ [Symbol.asyncDispose]: () => rm(dataDir, { recursive: true, force: true }) })
    const common: Env = {
      NODE_ENV: 'test',
      DATABASE_URL: url,
      DATABASE_POOL_SIZE: '8',
      RATE_LIMIT_POINTS: '0',
      REDIS_URL: redis.url,
      BOT_API_KEY: BOT_KEY,
      SECRET_KEY: SECRET_OF_FLEET,
      WHATSAPP_APP_SECRET: 'the-app-secret-of-this-test',
      WHATSAPP_VERIFY_TOKEN: 'the-verify-token-of-this-test',
      ...env,
    }
    // Other secrets are generated once into the folder that all processes share.
    const config = readConfig({ ...common, LOG_LEVEL: 'silent', DATA_DIR: dataDir })
    const app = use(
      await createAppContext(config, { databaseUrl: url, events: eventCatalogue, onCommit: commitListeners }),
    )
    const shop = await createTestShop(app)
    const launcher = use(await openLauncher())
    const all = (more: Env = {}): Env => ({ ...common, DATA_DIR: dataDir, ...more })
    return {
      app,
      shop,
      redis,
      env: common,
      start: (roles, more) => launcher.start(roles, all(more)),
      spawn: (roles, more) => launcher.spawn(roles, all(more)),
      startBot: (apiUrl) =>
        launcher.start('bot', { STORELINE_URL: apiUrl, BOT_API_KEY: BOT_KEY, DATA_DIR: dataDir, LOG_LEVEL: 'info' }),
      graphql: (apiUrl) => graphqlClient(apiUrl, shop.key),
      [Symbol.asyncDispose]: dispose,
    }
  } catch (error) {
    await dispose()
    throw error
  }
}
