import { pino, type DestinationStream, type Logger } from 'pino'

export type { Logger }

/** One JSON line per event. Secrets are cut out by name as a last line of defence; message text is never logged at all. */
export function createLogger(level: string, destination?: DestinationStream): Logger {
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: {
      paths: ['password', 'token', 'accessToken', 'authorization', 'cookie', 'secret', '*.password', '*.token', '*.authorization', '*.cookie', '*.secret'],
      censor: '[redacted]',
    },
  }
  return destination ? pino(options, destination) : pino(options)
}
