import { setMaxListeners } from 'node:events'
import type { Logger } from 'pino'
import { answerTurn } from './answer-turn.ts'
import type { Backoff } from './backoff.ts'
import { pause } from './backoff.ts'
import type { BotConfig } from './config.ts'
import { withDeadline } from './deadline.ts'
import { ConfigError, readConfig } from './config.ts'
import { ClaimTurnDocument } from './generated/operations.ts'
import { createClient } from './graphql/client.ts'
import { listenForSignals } from './graphql/signals.ts'
import { createWorkerPool } from './worker-pool.ts'
import { captureOutput, createLogger } from './logger.ts'

/** Times in ms, for tests to shorten. */
const defaultTimes = {
  request: 10_000,
  /** Deadline of one turn. */
  turn: 25_000,
  /** Interval of claims without a signal. */
  recheck: 5_000,
  drain: 10_000,
  keepAlive: 12_000,
  requestBackoff: { baseMs: 100, maxMs: 2_000 } satisfies Backoff,
  reconnectBackoff: { baseMs: 250, maxMs: 10_000 } satisfies Backoff,
}

export type BotOptions = { logger?: Logger; times?: Partial<typeof defaultTimes> }
export type Bot = {
  /** Stops claiming and finishes the turns in progress; after ten seconds it abandons the rest to another bot. */
  stop: () => Promise<void>
}

const endpointOf = (url: string): string => `${url.replace(/\/+$/, '').replace(/\/graphql$/, '')}/graphql`

/** Starts the bot. Resolves at once: while the server is unreachable, the bot retries. */
export const startBot = async (config: BotConfig, options: BotOptions = {}): Promise<Bot> => {
  const times = { ...defaultTimes, ...options.times }
  const logger = (options.logger ?? createLogger(config.logLevel)).child({ role: 'bot' })
  const url = endpointOf(config.url)
  const { apiKey } = config
  const client = createClient({ url, apiKey, timeoutMs: times.request, retries: 3, backoff: times.requestBackoff })
  const abandoning = new AbortController()
  setMaxListeners(0, abandoning.signal)

  const pool = createWorkerPool({
    concurrency: config.concurrency,
    claim: async () => (await client.request(ClaimTurnDocument, {}, { signal: abandoning.signal })).claimTurn,
    handle: (claimed) =>
      withDeadline(times.turn, abandoning.signal, (signal) =>
        answerTurn(claimed, { client, logger, signal, completeRetries: 8 }),
      ),
    onClaimFailed: (error) => {
      if (!abandoning.signal.aborted) logger.warn({ err: error }, 'no turn could be claimed; retrying')
    },
  })
  const signals = listenForSignals({
    url,
    apiKey,
    backoff: times.reconnectBackoff,
    keepAliveMs: times.keepAlive,
    onSignal: pool.wake,
    onConnected: () => logger.info('connected'),
    onLost: (reason) => logger.warn({ reason }, 'connection lost; reconnecting'),
  })
  const recheck = setInterval(pool.wake, times.recheck)
  logger.info({ concurrency: config.concurrency }, 'bot started')

  const stop = async (): Promise<void> => {
    clearInterval(recheck)
    logger.info({ active: pool.active() }, 'bot stopping')
    const drained = new AbortController()
    const finished = Promise.all([signals.stop(), pool.drain()]).finally(() => drained.abort())
    await pause(times.drain, drained.signal)
    abandoning.abort()
    await finished
    logger.info('bot stopped')
  }
  let stopped: Promise<void> | undefined
  return { stop: () => (stopped ??= stop()) }
}

const runFromEnvironment = async (): Promise<void> => {
  const config = readConfig()
  const logger = createLogger(config.logLevel)
  captureOutput(logger)
  // Signals are handled before the bot starts and says so: a supervisor may send one at once.
  const bot = Promise.resolve().then(() => startBot(config, { logger }))
  const end = async (): Promise<void> => {
    await (await bot).stop()
    process.exit(0)
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.once(signal, () => void end().catch(() => process.exit(1)))
  await bot
}

// True for `node bot/main.ts` and `node dist/bot/main.js`, however the bundler splits this file.
if (/[\\/]bot[\\/]main\.[jt]s$/.test(process.argv[1] ?? '')) {
  runFromEnvironment().catch((error: unknown) => {
    createLogger('fatal').fatal(error instanceof ConfigError ? error.message : String(error))
    process.exitCode = 1
  })
}
