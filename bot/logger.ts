import { pino, type Logger } from 'pino'
import type { BotConfig } from './config.ts'

/** Writes one JSON line an entry, in the format of the server's log. */
export const createLogger = (level: BotConfig['logLevel']): Logger =>
  pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime })

/** Redirects output of libraries and of Node into the log. */
export const captureOutput = (logger: Logger): void => {
  const say = (...values: unknown[]): void =>
    logger.warn(
      { source: 'library' },
      values.map((value) => (value instanceof Error ? value.message : String(value))).join(' '),
    )
  Object.assign(console, { error: say, warn: say })
  process.removeAllListeners('warning')
  process.on('warning', (warning) => say(`${warning.name}:`, warning.message))
  process.on('unhandledRejection', (error) => logger.error({ err: error }, 'unhandled rejection'))
  process.on('uncaughtException', (error) => {
    logger.fatal({ err: error }, 'uncaught exception; the process exits')
    process.exit(1)
  })
}
