import { pino, type DestinationStream, type Logger } from 'pino'

export type { Logger }

/** One JSON line per event. Secrets are cut out by name as a last line of defence; message text is never logged at all. */
export function createLogger(level: string, destination?: DestinationStream): Logger {
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    serializers: { err: describeError },
    redact: {
      paths: [
        'password',
        'token',
        'accessToken',
        'authorization',
        'cookie',
        'secret',
        '*.password',
        '*.token',
        '*.authorization',
        '*.cookie',
        '*.secret',
      ],
      censor: '[redacted]',
    },
  }
  return destination ? pino(options, destination) : pino(options)
}

// PostgreSQL quotes the refused row in these, and with it what customers wrote; libraries add requests and answers.
const KEPT = [
  'type',
  'message',
  'stack',
  'code',
  'severity',
  'constraint',
  'table',
  'statusCode',
  'httpStatus',
  'subcode',
  'traceId',
] as const

/** What the log tells of an error: what went wrong and where, never the data it went wrong with. */
function describeError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { type: typeof error, message: String(error) }
  const whole = pino.stdSerializers.err(error) as unknown as Record<string, unknown>
  const kept = Object.fromEntries(KEPT.filter((name) => whole[name] !== undefined).map((name) => [name, whole[name]]))
  if (kept.type !== 'PrismaClientValidationError') return kept
  // Prisma prints the whole call, values included, and says last what is wrong with it.
  const lines = error.message.trim().split('\n')
  const frames = error.stack?.split('\n').filter((line) => line.startsWith('    at ')) ?? []
  return { ...kept, message: lines.at(-1), stack: frames.join('\n') }
}
