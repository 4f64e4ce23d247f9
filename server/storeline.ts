import type { FastifyInstance } from 'fastify'
import type { Config, Role } from './config.ts'
import { createAppContext, type AppContext } from './context.ts'
import { startEmbeddedPostgres } from './db/embedded.ts'
import { assertSameDatabase } from './db/database-identity.ts'
import { waitForDatabase } from './db/wait-for-database.ts'
import { prepareDatabase } from './db/prepare.ts'
import { phonePageOf, startEmulator } from './emulator-role.ts'
import { startSweeper, sweepOutbox } from './events/sweeper.ts'
import { setBotKey } from './features/api-keys/service.ts'
import { botWatchdog } from './features/conversations/turns/presence.ts'
import { ingestMessages } from './features/conversations/messages/intake.ts'
import { sweepUnsent } from './features/conversations/messages/sweep.ts'
import { registerWhatsappWebhook } from './whatsapp/webhook-route.ts'
import { commitListeners } from './features/commits.ts'
import { applyPreferences } from './features/customers/opt-out.ts'
import { edgeFeatures } from './features/edge.ts'
import { eventCatalogue } from './features/events.ts'
import { cleanUpJob } from './features/maintenance/jobs.ts'
import { jobDefinitions } from './features/jobs.ts'
import { cleanUpMediaJob } from './features/media/jobs.ts'
import { sweepMedia } from './features/media/sweep.ts'
import { listMerchantNumbers } from './features/merchants/numbers.ts'
import { sweepRetries } from './features/queues/retrying.ts'
import { closeUnpaidOrder } from './features/orders/service/transition-order.ts'
import { sweepReservations } from './features/orders/sweep.ts'
import { sweepPayments } from './features/payments/sweep.ts'
import { registerPaymentWebhooks } from './features/payments/webhook.ts'
import { registerSandbox } from './features/payments/sandbox/routes.ts'
import { jobImplementations } from './features/processors.ts'
import { buildSchema } from './features/schema.ts'
import { registerEventSchemas } from './features/webhooks/event-schemas.ts'
import { resealEndpoints } from './features/webhooks/endpoints/reseal.ts'
import { LAGGING_ENDPOINT } from './features/webhooks/deliveries/dispatch.ts'
import { sweepOverdue, sweepUndispatched } from './features/webhooks/deliveries/sweeps.ts'
import { syncAllTemplatesJob } from './features/templates/jobs.ts'
import { applyTemplateUpdates } from './features/templates/sync.ts'
import type { HttpServer } from './http/server.ts'
import { startScheduler } from './jobs/scheduler.ts'
import { startWorkers } from './jobs/worker.ts'
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

/** Sweeps, which find work whose signal was lost. */
const SWEEPS = [
  sweepOutbox({ lagging: LAGGING_ENDPOINT }),
  sweepRetries,
  sweepUnsent,
  sweepReservations,
  sweepPayments({ closeUnpaidOrder }),
  sweepUndispatched,
  sweepOverdue,
  botWatchdog,
  sweepMedia,
]

/** Periodic jobs. */
const SCHEDULES = [
  { request: cleanUpJob.request({}), everyMs: 3600_000 },
  { request: cleanUpMediaJob.request({}), everyMs: 3600_000 },
  { request: syncAllTemplatesJob.request({}), everyMs: 15 * 60_000 },
]

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
    if (roles.includes('worker')) {
      keep(startWorkers(app, { definitions: jobDefinitions, implementations: jobImplementations }))
      keep(startSweeper(app, SWEEPS))
      keep(startScheduler(app, SCHEDULES))
    }
    const http = roles.includes('api') || roles.includes('emulator') ? keep(await startEdge(app, roles)) : null
    if (roles.includes('bot')) keep(await startBotRole(config, logger))
    return { app, http, [Symbol.asyncDispose]: dispose }
  } catch (error) {
    await dispose()
    throw error
  }
}

async function startEdge(app: AppContext, roles: readonly Role[]): Promise<HttpServer> {
  const { startHttpServer } = await import('./http/server.ts')
  const emulator = roles.includes('emulator') ? await startEmulator(app, () => listMerchantNumbers(app)) : null
  const server = await startHttpServer(app, {
    schema: buildSchema(),
    features: edgeFeatures,
    phone: phonePageOf(app.config),
    modules: [
      registerWhatsappWebhook({
        messages: ingestMessages,
        templates: applyTemplateUpdates,
        preferences: applyPreferences,
      }),
      registerPaymentWebhooks,
      ...(app.config.paymentSandbox ? [registerSandbox] : []),
      registerEventSchemas,
      ...(emulator ? [(scope: FastifyInstance) => void scope.register(emulator.plugin)] : []),
    ],
    upgrades: emulator ? [(request, socket, head) => emulator.handleUpgrade(request, socket, head)] : [],
  })
  return {
    ...server,
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]()
      await emulator?.close()
    },
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
