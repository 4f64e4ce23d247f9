import { randomBytes } from 'node:crypto'
import { environment, readConfig, type Env, type Role } from '../../server/config.ts'
import { createAppContext, type AppContext } from '../../server/context.ts'
import { freePort } from '../../server/db/embedded.ts'
import { commitListeners } from '../../server/features/commits.ts'
import { eventCatalogue } from '../../server/features/events.ts'
import { setBotKey } from '../../server/features/api-keys/service.ts'
import { createTestShop, type TestShop } from '../../test/harness/shop.ts'
import { openRedis } from '../../server/db/redis.ts'
import { answers, startChild, type Child } from './children.ts'
import { startCloudApi, type CloudApi } from './cloud-api.ts'
import type { Installation, Template } from './installation.ts'
import type { Meter } from './meter.ts'
import { Resources } from './resources.ts'
import type { Shop } from './town.ts'

export type Server = Child & { url: string }

/** A database, a Redis and a WhatsApp of a scenario's own, and the means to run Storeline's roles on them as production does. */
export type Site = AsyncDisposable & {
  /** For setting the stage; not part of what is measured. */
  app: AppContext
  databaseUrl: string
  /** The database as superuser, for seeding in bulk. */
  adminUrl: string
  redisUrl: string
  cloudApi: CloudApi
  meter: Meter
  /** The built server. */
  main: string
  /** The shops that the database was copied with, largest first. */
  shops: readonly Shop[]
  newShop: () => Promise<TestShop>
  /** Starts a role in a process of its own and waits until it is ready. */
  start: (role: Role, env?: Env) => Promise<Server>
}

/** A Redis that keeps nothing on disk. */
async function startRedis(): Promise<Server> {
  const port = await freePort()
  const url = `redis://127.0.0.1:${port}`
  const child = startChild('redis-server', [
    '--port',
    String(port),
    '--bind',
    '127.0.0.1',
    '--save',
    '',
    '--appendonly',
    'no',
  ])
  const client = await openRedis(url)
  client.disconnect()
  return { ...child, url }
}

export async function openSite(installation: Installation, template: Template): Promise<Site> {
  await using resources = new Resources()
  const database = resources.use(await installation.copyDatabase(template))
  const redis = resources.use(await startRedis())
  const cloudApi = resources.use(await startCloudApi())
  const secret = () => randomBytes(24).toString('base64url')
  const shared: Env = {
    NODE_ENV: 'production',
    LOG_LEVEL: 'error',
    DATA_DIR: installation.directory,
    DATABASE_URL: database.databaseUrl,
    REDIS_URL: redis.url,
    PUBLIC_URL: 'http://localhost',
    BOT_API_KEY: secret(),
    SECRET_KEY: secret(),
    RATE_LIMIT_POINTS: '0',
    WHATSAPP_ACCESS_TOKEN: secret(),
    WHATSAPP_APP_SECRET: secret(),
    WHATSAPP_VERIFY_TOKEN: secret(),
    WHATSAPP_API_URL: cloudApi.url,
  }
  const app = resources.use(
    await createAppContext(readConfig({ ...shared, PORT: '0' }), {
      databaseUrl: database.databaseUrl,
      events: eventCatalogue,
      onCommit: commitListeners,
    }),
  )
  await setBotKey(app, shared.BOT_API_KEY as string)
  const { PATH, HOME } = environment()
  const { main, meter, profiling } = installation
  const opened = resources.move()

  return {
    app,
    databaseUrl: database.databaseUrl,
    adminUrl: database.adminUrl,
    redisUrl: redis.url,
    cloudApi,
    meter,
    main,
    shops: database.shops,
    newShop: () => createTestShop(app),
    start: async (role, env = {}) => {
      const port = await freePort()
      const args = [...profiling, main, '--roles', role]
      const child = opened.use(
        startChild(process.execPath, args, { env: { PATH, HOME, ...shared, PORT: String(port), ...env } }),
      )
      const url = `http://127.0.0.1:${port}`
      if (role === 'api') await answers(`${url}/readyz`, 60_000, 20)
      return { ...child, url }
    },
    [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose](),
  }
}
