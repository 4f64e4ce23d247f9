import { pino, type DestinationStream, type Logger } from 'pino'
import { readableStack } from './stack-traces.ts'

export type { Logger }

/** Logs JSON lines. Secrets are redacted by field name as a last defence; texts of chat messages are never logged. */
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

// Only these fields of an error are logged. PostgreSQL quotes the refused row in others, and with it texts of customers;
// libraries add requests and answers.
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

/** Serialises an error for the log: its message and stack, never the data that caused it. */
function describeError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { type: typeof error, message: String(error) }
  const whole = pino.stdSerializers.err(error) as unknown as Record<string, unknown>
  const kept = Object.fromEntries(KEPT.filter((name) => whole[name] !== undefined).map((name) => [name, whole[name]]))
  if (typeof kept.stack === 'string') kept.stack = readableStack(kept.stack)
  if (kept.type !== 'PrismaClientValidationError') return kept
  // Prisma prints the whole call with its values, and the reason in the last line.
  const lines = error.message.trim().split('\n')
  const frames = error.stack?.split('\n').filter((line) => line.startsWith('    at ')) ?? []
  return { ...kept, message: lines.at(-1), stack: readableStack(frames.join('\n')) }
}
