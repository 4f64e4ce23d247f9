import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { environment, readConfig, type Env, type Role } from '../../server/config.ts'
import { createAppContext, type AppContext } from '../../server/context.ts'
import { freePort, startEmbeddedPostgres } from '../../server/db/embedded.ts'
import { openMigrator } from '../../server/db/migrate.ts'
import { commitListeners } from '../../server/features/commits.ts'
import { eventCatalogue } from '../../server/features/events.ts'
import { setBotKey } from '../../server/features/api-keys/service.ts'
import { createTestShop, type TestShop } from '../../test/harness/shop.ts'
import { openRedis } from '../../server/db/redis.ts'
import { buildServer } from './build.ts'
import { answers, startChild, type Child } from './children.ts'
import { startCloudApi, type CloudApi } from './cloud-api.ts'

export type Server = Child & { url: string }

/** A PostgreSQL, a Redis and a WhatsApp of our own, and the means to run Storeline's roles on them as production does. */
export type Site = AsyncDisposable & {
  /** For setting the stage; not part of what is measured. */
  app: AppContext
  databaseUrl: string
  /** The database as superuser, for seeding in bulk. */
  adminUrl: string
  redisUrl: string
  cloudApi: CloudApi
  /** The built server. */
  main: string
  directory: string
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

export async function openSite({ profile }: { profile?: string | undefined } = {}): Promise<Site> {
  const build = buildServer()
  const directory = await mkdtemp(join(tmpdir(), 'storeline-bench-'))
  const postgres = await startEmbeddedPostgres(join(directory, 'postgres'), {
    settings: { max_connections: '200', shared_buffers: '256MB' },
  })
  // However the run ends, the database does not outlive it.
  const killPostgres = () => void process.kill(postgres.pid, 'SIGINT')
  process.once('exit', killPostgres)
  const redis = await startRedis()
  const cloudApi = await startCloudApi()
  await (await openMigrator(postgres.url)).deploy()
  const secret = () => randomBytes(24).toString('base64url')
  const shared: Env = {
    NODE_ENV: 'production',
    LOG_LEVEL: 'error',
    DATA_DIR: directory,
    DATABASE_URL: postgres.url,
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
  const app = await createAppContext(readConfig({ ...shared, PORT: '0' }), {
    databaseUrl: postgres.url,
    events: eventCatalogue,
    onCommit: commitListeners,
  })
  await setBotKey(app, shared.BOT_API_KEY as string)
  const admin = new URL(postgres.adminUrl)
  admin.pathname = '/storeline'
  const { PATH, HOME } = environment()
  const running = new Set<Server>()
  const profiling = profile ? ['--cpu-prof', `--cpu-prof-dir=${profile}`] : []

  return {
    app,
    databaseUrl: postgres.url,
    adminUrl: admin.href,
    redisUrl: redis.url,
    cloudApi,
    main: build.main,
    directory,
    newShop: () => createTestShop(app),
    start: async (role, env = {}) => {
      const port = await freePort()
      const args = [...profiling, '--enable-source-maps', build.main, '--roles', role]
      const child = startChild(process.execPath, args, { env: { PATH, HOME, ...shared, PORT: String(port), ...env } })
      const url = `http://127.0.0.1:${port}`
      const server = { ...child, url }
      running.add(server)
      if (role === 'api') await answers(`${url}/readyz`, 60_000, 20)
      return server
    },
    [Symbol.asyncDispose]: async () => {
      for (const server of running) await server.stop()
      await app[Symbol.asyncDispose]()
      await cloudApi[Symbol.asyncDispose]()
      await redis.stop()
      process.off('exit', killPostgres)
      await postgres[Symbol.asyncDispose]()
      await rm(directory, { recursive: true, force: true })
      build[Symbol.dispose]()
    },
  }
}
