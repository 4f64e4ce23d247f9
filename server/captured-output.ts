import { redact } from './jobs/reason.ts'
import type { Logger } from './logger.ts'

type Level = 'debug' | 'info' | 'warn'
const LEVELS = { error: 'warn', warn: 'warn', log: 'info', info: 'info', debug: 'debug', trace: 'debug' } as const

/** Identical lines within this time are counted instead of logged. */
const QUIET_MS = 10_000
const MOST_REMEMBERED = 200

/** Errors of peers that disconnect, which are routine and logged at `debug`. */
const GONE = /\b(EPIPE|ECONNRESET|ECONNABORTED|ERR_STREAM_\w+)\b|write after end|socket (hang up|has been ended)/

/**
 * Logs as JSON lines the output that libraries (bullmq, ioredis, graphql-ws, Prisma) print to the console, Node's warnings and
 * unhandled errors. Lines hold no stack and no credentials of addresses, and repeated ones are counted.
 */
export function captureOutput(logger: Logger): void {
  const say = createQuietLog(logger)
  const methods = Object.entries(LEVELS).map(
    ([method, level]) => [method, (...values: unknown[]) => say(level, values)] as const,
  )
  Object.assign(console, Object.fromEntries(methods))
  process.removeAllListeners('warning')
  process.on('warning', (warning) => say('warn', [`${warning.name}:`, warning.message]))
  process.on('unhandledRejection', (error) => logger.error({ err: error }, 'unhandled rejection'))
  process.on('uncaughtException', (error) => {
    logger.fatal({ err: error }, 'uncaught exception; the process exits')
    process.exit(1)
  })
}

/** Logs identical lines once per QUIET_MS, with the number of repetitions. */
export function createQuietLog(logger: Pick<Logger, Level>, clock: () => number = Date.now) {
  const said = new Map<string, { at: number; times: number }>()
  return (level: Level, values: readonly unknown[]): void => {
    const text = redact(values.map(textOf).join(' '))
    const known = said.get(text)
    if (known && clock() - known.at < QUIET_MS) {
      known.times++
      return
    }
    if (said.size >= MOST_REMEMBERED) said.clear()
    said.set(text, { at: clock(), times: 0 })
    const repeated = known && known.times > 0 ? { repeated: known.times } : {}
    logger[GONE.test(text) ? 'debug' : level]({ source: 'library', ...repeated }, text)
  }
}

function textOf(value: unknown): string {
  if (value instanceof Error) {
    const { code } = value as { code?: unknown }
    return `${value.name}: ${value.message}${typeof code === 'string' ? ` (${code})` : ''}`
  }
  // Some libraries print a stack as text.
  if (typeof value === 'string') return value.replace(/\n\s+at .*/g, '')
  // Objects may hold secrets: only their type is logged.
  return typeof value === 'object' && value !== null ? `[${value.constructor?.name ?? 'object'}]` : String(value)
}
