import { type MerchantChanges, watchMerchantChanges } from './auth/changes.ts'
import { createPasswordGate, type Gate } from './auth/gate.ts'
import type { Config } from './config.ts'
import { openDatabase, type Database } from './db/client.ts'
import type { DatabaseAddress } from './db/prepare.ts'
import { reconnectWhenSilent, openRedis } from './db/redis.ts'
import { assertNoCluster, watchRedis, type RedisHealth } from './db/redis-health.ts'
import { type Commit, type OpenCommitListener, openCommitListeners } from './events/commit.ts'
import type { EventCatalogue } from './events/kit.ts'
import { createLogReader, type LogReader } from './events/log.ts'
import { createLocalPubSub, createRedisPubSub, type PubSub } from './events/pubsub.ts'
import { createEventStreams, type EventStreams } from './events/stream.ts'
import { type FeatureStates, keepFeatureStates } from './feature-state.ts'
import { currentRequestId } from './request-id.ts'
import { postgresBackend, redisBackend, type JobBackend } from './jobs/backend.ts'
import { openQueues, type JobQueues } from './jobs/queues.ts'
import { createLogger, type Logger } from './logger.ts'
import { openBlobStore, type BlobStore } from './storage/blob-store.ts'
import { createWhatsAppClient, type WhatsAppClient } from './whatsapp/client.ts'

/** The resources of use-cases and jobs. Built once per process, disposed in reverse with `await using`. */
export type AppContext = AsyncDisposable & {
  config: Config
  logger: Logger
  database: Database
  log: LogReader
  pubsub: PubSub
  /** Changes of merchants' rights and settings, for what caches them. */
  changes: MerchantChanges
  /** Null where Redis is not used. */
  redisHealth: RedisHealth | null
  streams: EventStreams
  /** The public events of all features. */
  events: EventCatalogue
  jobBackend: JobBackend
  queues: JobQueues
  storage: BlobStore
  whatsapp: WhatsAppClient
  /** Bounds the hashing of passwords in this process. */
  passwordGate: Gate
  /** Id of the current request, for the log and for the jobs that follow from it. */
  requestId: () => string | null
  /** Calls the commit listeners; the unit of work does so after each commit that wrote events. Never throws. */
  notifyCommit: (commit: Commit) => void
  /** State that features keep for the life of this context. */
  state: FeatureStates
}

export type ContextOptions = Pick<DatabaseAddress, 'databaseUrl'> &
  Partial<DatabaseAddress> & {
    events: EventCatalogue
    /** Listeners that run after each commit (features/commits.ts). */
    onCommit: readonly OpenCommitListener[]
    logger?: Logger
    overrides?: Partial<AppContext>
  }

/** Opens all resources. When one cannot be opened, those opened before it are disposed. */
export async function createAppContext(config: Config, options: ContextOptions): Promise<AppContext> {
  const stack = new ResourceStack()
  try {
    return await openAppContext(config, options, stack)
  } catch (error) {
    await stack.dispose()
    throw error
  }
}

/** The one place where the embedded default and production differ. */
async function openAppContext(
  config: Config,
  {
    databaseUrl,
    directUrl = databaseUrl,
    pooling = 'session',
    events,
    onCommit,
    logger = createLogger(config.logLevel),
    overrides,
  }: ContextOptions,
  stack: ResourceStack,
): Promise<AppContext> {
  const database = stack.use(
    openDatabase(databaseUrl, { poolSize: config.databasePoolSize, strict: !config.production, directUrl, pooling }),
  )
  const { pubsub, jobBackend, redisHealth } =
    config.redis.kind === 'url'
      ? await onRedis(config.redis.url, { stack, logger })
      : {
          pubsub: stack.use(createLocalPubSub()),
          jobBackend: stack.use(await postgresBackend(directUrl)),
          redisHealth: null,
        }
  const queues = stack.use(openQueues(jobBackend))
  const log = createLogReader(database.pool)
  const app: AppContext = {
    config,
    logger,
    database,
    log,
    pubsub,
    changes: stack.use(await watchMerchantChanges({ database, pubsub, logger })),
    redisHealth,
    streams: stack.use(createEventStreams({ log, pubsub, logger })),
    events,
    jobBackend,
    queues,
    storage: openBlobStore(config.storage),
    whatsapp: createWhatsAppClient({
      baseUrl: config.whatsapp.apiUrl,
      version: config.whatsapp.apiVersion,
      accessToken: config.whatsapp.accessToken,
    }),
    passwordGate: createPasswordGate(),
    requestId: currentRequestId,
    notifyCommit: (commit) => notifyCommit(commit),
    state: keepFeatureStates(
      () => app,
      (release) => void stack.use({ [Symbol.asyncDispose]: async () => release() }),
    ),
    [Symbol.asyncDispose]: () => stack.dispose(),
    ...overrides,
  }
  const notifyCommit = openCommitListeners(app, onCommit)
  return app
}

/** Signals and jobs over Redis. The start goes on while Redis is away, and fails when Redis refuses our credentials. */
async function onRedis(url: string, { stack, logger }: { stack: ResourceStack; logger: Logger }) {
  const [producer, pubsub] = await Promise.all([openRedis(url), createRedisPubSub(url)])
  stack.use({ [Symbol.asyncDispose]: async () => producer.disconnect() })
  stack.use(pubsub)
  reconnectWhenSilent(producer)
  await assertNoCluster(producer)
  const jobBackend = stack.use(redisBackend(url, producer))
  return { pubsub, jobBackend, redisHealth: stack.use(await watchRedis(producer, logger)) }
}

/** Disposes what it was given, newest first, each even when another fails. (AsyncDisposableStack needs Node 24.) */
class ResourceStack {
  readonly #resources: AsyncDisposable[] = []

  use<T extends AsyncDisposable>(resource: T): T {
    this.#resources.push(resource)
    return resource
  }

  async dispose(): Promise<void> {
    for (const resource of this.#resources.splice(0).toReversed()) {
      try {
        await resource[Symbol.asyncDispose]()
      } catch {
        // The process is ending; the next resource still deserves its turn.
      }
    }
  }
}
