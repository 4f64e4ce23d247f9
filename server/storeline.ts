import type { Config, Role } from './config.ts'
import { createAppContext, type AppContext } from './context.ts'
import { startEmbeddedPostgres } from './db/embedded.ts'
import { assertSameDatabase } from './db/database-identity.ts'
import { waitForDatabase } from './db/wait-for-database.ts'
import { prepareDatabase } from './db/prepare.ts'
import { setBotKey } from './features/api-keys/service.ts'
import { commitListeners } from './features/commits.ts'
import { eventCatalogue } from './features/events.ts'
import { resealEndpoints } from './features/webhooks/endpoints/reseal.ts'
import type { HttpServer } from './http/server.ts'
import { createLogger, type Logger } from './logger.ts'
import { checkSecretKey } from './secret-key.ts'

export type Storeline = AsyncDisposable & { app: AppContext; http: HttpServer | null }

export type StartOptions = {
  roles: readonly Role[]
  logger?: Logger
  /** Called with lines for people during the start. */
  notice?: (line: string) => void
  /** Runs once the database is ready and before requests are served. */
  prepare?: (app: AppContext) => Promise<void>
}

/**
 * Starts roles in this process. Disposing stops them in an order that loses nothing: the bot finishes its turns, the HTTP
 * server its answers, the workers their jobs.
 */
export async function startStoreline(
  config: Config,
  { roles, logger = createLogger(config.logLevel), notice = () => {}, prepare }: StartOptions,
): Promise<Storeline> {
  const running: AsyncDisposable[] = []
  const keep = <T extends AsyncDisposable>(resource: T): T => {
    running.push(resource)
    return resource
  }
  const dispose = async () => {
    for (const resource of running.splice(0).toReversed()) {
      try {
        await resource[Symbol.asyncDispose]()
      } catch (error) {
        // The process is ending; the remaining parts are stopped all the same.
        logger.warn({ err: error }, 'a part did not stop cleanly')
      }
    }
  }
  try {
    // Modules load while the database starts and answers; a role that does not run here is not loaded.
    const loading = [
      roles.includes('worker') ? import('./worker-role.ts') : null,
      roles.includes('api') || roles.includes('emulator') ? import('./edge-role.ts') : null,
    ] as const
    const databaseUrl =
      config.database.kind === 'url'
        ? config.database.url
        : keep(await startEmbeddedPostgres(config.database.directory, { notice })).url
    const directUrl = config.database.kind === 'url' ? config.database.directUrl : null
    const patiently = <T>(work: () => Promise<T>) => waitForDatabase(logger, work)
    const address = await patiently(() => prepareDatabase(databaseUrl, directUrl, assertSameDatabase))
    const app = keep(
      await patiently(() =>
        createAppContext(config, { ...address, events: eventCatalogue, onCommit: commitListeners, logger }),
      ),
    )
    await patiently(() => checkSecretKey(app, [resealEndpoints]))
    await patiently(() => setBotKey(app, config.botApiKey))
    await patiently(async () => prepare?.(app))
    const [worker, edge] = await Promise.all(loading)
    for (const part of worker?.startWorker(app) ?? []) keep(part)
    const http = edge ? keep(await edge.startEdge(app, roles)) : null
    if (roles.includes('bot')) keep(await startBotRole(config, logger))
    return { app, http, [Symbol.asyncDispose]: dispose }
  } catch (error) {
    await dispose()
    throw error
  }
}

async function startBotRole(config: Config, logger: Logger): Promise<AsyncDisposable> {
  const { startBot } = await import('../bot/main.ts')
  const bot = await startBot(
    { url: `http://127.0.0.1:${config.port}`, apiKey: config.botApiKey, concurrency: 8, logLevel: config.logLevel },
    { logger },
  )
  return { [Symbol.asyncDispose]: () => bot.stop() }
}
